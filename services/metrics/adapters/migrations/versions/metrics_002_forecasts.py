"""Forecasts."""

import sqlalchemy as sa
from alembic import op

revision = 'metrics_002'
down_revision = 'metrics_001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('metrics_forecast',
    sa.Column('plan', sa.String(), nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('indicator', sa.String(), nullable=False),
    sa.Column('period', sa.Integer(), nullable=False),
    sa.Column('wanted', sa.LargeBinary(), nullable=False),
    sa.Column('request', sa.LargeBinary(), nullable=False),
    sa.Column('wanted_version', sa.BigInteger(), nullable=False),
    sa.Column('wanted_at', sa.String(), nullable=False),
    sa.Column('asked_at', sa.String(), nullable=False),
    sa.Column('made', sa.LargeBinary(), nullable=True),
    sa.Column('made_version', sa.BigInteger(), nullable=True),
    sa.Column('result', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('plan', 'unit', 'indicator', 'period')
    )

"""History of facts and published months."""

import sqlalchemy as sa
from alembic import op

revision = 'metrics_003'
down_revision = 'metrics_002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    # Keys became wider and facts know since when they are known: all that comes from the facts
    # topic is read again from its start. Frozen bases stay.
    for table in ("metrics_fact", "metrics_total", "metrics_dirty", "metrics_status",
                  "metrics_forecast", "consumer_offset", "reconciliation", "outbox"):
        op.execute(f"delete from {table}")
    op.create_table('metrics_fact_version',
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('deleted', sa.SmallInteger(), nullable=False),
    sa.Column('month', sa.BigInteger(), nullable=True),
    sa.Column('ytd', sa.BigInteger(), nullable=True),
    sa.Column('month_last_year', sa.BigInteger(), nullable=True),
    sa.Column('ytd_last_year', sa.BigInteger(), nullable=True),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.Column('as_of', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', 'version')
    )
    op.create_table('metrics_publication',
    sa.Column('plan', sa.String(), nullable=False),
    sa.Column('period', sa.Integer(), nullable=False),
    sa.Column('published_at', sa.String(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('plan', 'period')
    )
    op.create_table('metrics_published_status',
    sa.Column('plan', sa.String(), nullable=False),
    sa.Column('period', sa.Integer(), nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('indicator', sa.String(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('plan', 'period', 'unit', 'indicator')
    )
    op.add_column('metrics_fact', sa.Column('as_of', sa.BigInteger(), nullable=False))


def downgrade() -> None:
    """Undo."""
    op.drop_column('metrics_fact', 'as_of')
    op.drop_table('metrics_published_status')
    op.drop_table('metrics_publication')
    op.drop_table('metrics_fact_version')

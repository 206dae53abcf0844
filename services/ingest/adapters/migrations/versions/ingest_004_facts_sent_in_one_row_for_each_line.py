"""Facts that were sent in one row for each line; lines of a subject are found by their keys."""

from itertools import groupby

import msgspec
import sqlalchemy as sa
from alembic import op

revision = 'ingest_004'
down_revision = 'ingest_003'
branch_labels = None
depends_on = None

_PIECE = 5_000


def upgrade() -> None:
    """Apply."""
    op.create_table('sent_fact_packed',
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('facts', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('line_id')
    )
    _pack()
    op.drop_index('sent_fact_subject', table_name='sent_fact')
    op.drop_table('sent_fact')
    op.rename_table('sent_fact_packed', 'sent_fact')
    op.drop_index('line_subject', table_name='line')


def _pack() -> None:
    connection = op.get_bind()
    target = sa.table('sent_fact_packed', sa.column('line_id'), sa.column('facts'))
    rows = connection.execute(
        sa.text('select line_id, unit_id, version, fingerprint from sent_fact order by line_id')
    )
    piece = []
    for line_id, facts in groupby(rows.yield_per(_PIECE), key=lambda row: row.line_id):
        packed = msgspec.msgpack.encode(
            [(f.unit_id, f.version, f.fingerprint and bytes(f.fingerprint)) for f in facts]
        )
        piece.append({'line_id': line_id, 'facts': packed})
        if len(piece) == _PIECE:
            connection.execute(sa.insert(target), piece)
            piece = []
    if piece:
        connection.execute(sa.insert(target), piece)


def downgrade() -> None:
    """Undo: what was sent is forgotten, so every fact is sent once more."""
    op.create_index('line_subject', 'line', ['subject_id'], unique=False)
    op.drop_table('sent_fact')
    op.create_table('sent_fact',
    sa.Column('line_id', sa.BigInteger(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('fingerprint', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['subject_id'], ['subject.id'], ),
    sa.PrimaryKeyConstraint('line_id', 'unit_id')
    )
    op.create_index('sent_fact_subject', 'sent_fact', ['subject_id'], unique=False)

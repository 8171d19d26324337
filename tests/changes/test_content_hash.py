"""The content hash of a graph: the same for the same tables and changes, another after each change."""

from pathlib import Path

from comity.build import build
from comity.changes.apply import Changes
from comity.store.database import content_of, open_store

from .world import add, fresh_row, write_tables


def test_each_change_gives_another_hash_that_the_version_begins_with(store: Path, changes: Changes) -> None:
    seen = [content_of(open_store(store).meta)]
    for _ in range(2):
        add(changes, fresh_row()[0])
        made = open_store(store)
        seen.append(content_of(made.meta))
        assert seen[-1][:12] in made.generation
    assert len(set(seen)) == 3


def test_a_rebuild_of_the_same_tables_with_the_same_changes_has_the_same_hash(
    store: Path, changes: Changes, tmp_path: Path
) -> None:
    add(changes, fresh_row()[0])
    before = content_of(open_store(store).meta)
    build(store, write_tables(tmp_path / "same"), force=True)
    assert content_of(open_store(store).meta) == before

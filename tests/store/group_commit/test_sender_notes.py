"""Notes of who sends add up, are bounded, and wait for nothing."""

from concurrent.futures import ThreadPoolExecutor

from observatory.model.sender_note import COUNTED, SenderKey, SenderNote
from observatory.store.group_commit.sender_notes import NOTED_MAX, SenderNotes


def a_note(service: int = 1, records: int = 1, minute: int = 5) -> SenderNote:
    return SenderNote(SenderKey("t", COUNTED, service, 3), records, minute)


def test_notes_of_one_kind_add_up_and_the_newest_minute_stays() -> None:
    notes = SenderNotes()
    notes.add([a_note(records=2, minute=7), a_note(records=3, minute=6)])
    notes.add([a_note(service=2)])
    assert notes.take() == [a_note(records=5, minute=7), a_note(service=2)]
    assert notes.take() == []


def test_there_is_a_limit_to_what_waits() -> None:
    notes = SenderNotes()
    notes.add(a_note(service=number) for number in range(NOTED_MAX + 10))
    notes.add([a_note(service=0, records=8)])
    kept = notes.take()
    assert len(kept) == NOTED_MAX
    assert kept[0].records == 9


def test_many_threads_lose_nothing() -> None:
    notes = SenderNotes()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: notes.add([a_note()]), range(800)))
    assert [note.records for note in notes.take()] == [800]

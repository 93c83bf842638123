import select

from lib.runs import bell


def rings(door):
    return bool(select.select([door.fileno()], [], [], 0)[0])


def test_a_ring_is_heard_once(tmp_path):
    door = bell.Bell(tmp_path)
    assert not rings(door)
    assert bell.ring(tmp_path)
    assert bell.ring(tmp_path)
    assert rings(door)
    door.hush()
    assert not rings(door)
    door.close()


def test_nobody_answers_without_a_supervisor(tmp_path):
    assert not bell.answered(tmp_path)
    assert not bell.ring(tmp_path)
    door = bell.Bell(tmp_path)
    assert bell.answered(tmp_path)
    door.close()
    assert not bell.answered(tmp_path)
    assert not bell.ring(tmp_path)


def test_a_file_in_the_place_of_the_bell_is_no_supervisor_and_is_replaced(tmp_path):
    (tmp_path / bell.NAME).write_text("in the way")
    assert not bell.ring(tmp_path)
    door = bell.Bell(tmp_path)
    assert bell.ring(tmp_path)
    door.close()


def test_ringing_without_end_blocks_nobody(tmp_path):
    door = bell.Bell(tmp_path)
    for _ in range(100_000):
        bell.ring(tmp_path)
    assert rings(door)
    door.close()


def test_a_bell_that_was_removed_is_known_to_be_gone(tmp_path):
    door = bell.Bell(tmp_path)
    assert door.present
    (tmp_path / bell.NAME).unlink()
    assert not door.present
    other = bell.Bell(tmp_path)
    assert not door.present
    assert other.present
    door.close()
    other.close()

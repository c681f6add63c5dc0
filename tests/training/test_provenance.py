from pathlib import Path

from training.provenance import describe_program, find_commit

COMMIT, OTHER = "1" * 40, "2" * 40


def _check_out(git: Path, head: str) -> None:
    git.mkdir(parents=True)
    (git / "HEAD").write_text(head + "\n")


def test_the_commit_of_a_branch_is_found(tmp_path: Path):
    _check_out(tmp_path / ".git", "ref: refs/heads/main")
    (tmp_path / ".git" / "refs" / "heads").mkdir(parents=True)
    (tmp_path / ".git" / "refs" / "heads" / "main").write_text(COMMIT + "\n")
    assert find_commit(tmp_path) == COMMIT


def test_the_commit_of_a_packed_branch_is_found(tmp_path: Path):
    _check_out(tmp_path / ".git", "ref: refs/heads/main")
    packed = f"# pack-refs with: peeled\n{OTHER} refs/heads/domain\n{COMMIT} refs/heads/main\n"
    (tmp_path / ".git" / "packed-refs").write_text(packed)
    assert find_commit(tmp_path) == COMMIT


def test_a_commit_without_a_branch_is_found(tmp_path: Path):
    _check_out(tmp_path / ".git", COMMIT)
    assert find_commit(tmp_path) == COMMIT


def test_the_commit_of_a_linked_working_tree_is_found(tmp_path: Path):
    main, linked = tmp_path / "main" / ".git", tmp_path / "linked"
    _check_out(main / "worktrees" / "linked", "ref: refs/heads/topic")
    (main / "worktrees" / "linked" / "commondir").write_text("../..\n")
    (main / "refs" / "heads").mkdir(parents=True)
    (main / "refs" / "heads" / "topic").write_text(COMMIT)
    linked.mkdir()
    (linked / ".git").write_text(f"gitdir: {main / 'worktrees' / 'linked'}\n")
    assert find_commit(linked) == COMMIT


def test_no_checkout_has_no_commit(tmp_path: Path):
    assert find_commit(tmp_path) is None
    assert describe_program(tmp_path)["commit"] is None
    assert describe_program(tmp_path)["program"]

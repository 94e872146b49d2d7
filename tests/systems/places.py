"""What is the same for every other system: the places that a layer is tried at, and a git repository that is to come out alike."""

PLACES = ("/opt", "/srv/a b")
COMMIT = {"GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000", "GIT_CONFIG_NOSYSTEM": "1"}


def check_git(case, steps, here):
    """Each step in a repository at /repo says by the layer what here(step, folder) says, so that a commit has the same name."""
    def repository(name):
        folder = case.scratch / name
        folder.mkdir()
        (folder / "file").write_text("content\n")
        return folder
    own = repository("here")
    expected = [here(step, own) for step in steps]
    case.assertEqual([step.status for step in expected], [0] * len(steps), expected)
    layer = case.bundled("git")
    for at in PLACES:
        folder = repository(f"there {len(at)}")
        for step, outcome in zip(steps, expected):
            with case.subTest(at=at, step=step):
                case.assert_same(outcome, case.there(at, layer, step, env=COMMIT, options=["--bind", folder, "/repo"]))

"""scripts/sync_champion.sh: its own folder alone, without secrets, in a clean state, or exit code 78 and nothing done."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/sync_champion.sh"
SECRETS = [
    "modèles/.env", ".env", "a b/.env", 'quo"te/.env', "new\nline/.env", "tab\there/alert_config.json", "drive_config.json",
    "x/listener_config.json", "gdrive_credentials.json", ".env.backup", ".env.backup-20260101", "ü/.env.backup.2", ".env.local",
    ".ENV", "Drive_Config.json", "alert_config.json.bak", "server.pem", "é/tls.key", "id_rsa", "ssh/id_ed25519", "k.p12",
    "prod.env", ".pgpass", ".netrc", "back\\slash/.env", "\udcff/.env",
    ".env~", ".env ", ".env\n", ".env\n.env.example", ".env_old", ".envrc", "..env.swp", "all.env.gz", "é.env-é", ".aws/credentials", ".npmrc",
    ".docker/config.json", "x-firebase-adminsdk-1.json", "server.pem.bak", "POSTGRES_PASSWORD", "x/telegram_bot_token",
]
HARMLESS = [".env.example", "environment.txt", "id_rsa.pub", "keyboard.json", "tokenizer.json", "modèles/weights.bin", "x.envelope", "prod.env.example", "a\n.envelope", "key", "docker/config.json", "-e", ":(top)x"]


class SyncChampionTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name).resolve()
        self.tree = self.folder / "tree"
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
        self.git("init", "-q", "--bare", "remote.git", of=self.folder)
        self.git("init", "-q", "-b", "main", "tree", of=self.folder)
        for name, value in [("user.name", "T"), ("user.email", "t@example.org")]:
            self.git("config", name, value)
        self.git("remote", "add", "origin", str(self.folder / "remote.git"))
        self.write("weights", "0")
        self.assertEqual(self.sync()[0], 0)

    def git(self, *arguments, of=None, fails=False):
        end = subprocess.run(
            ["git", *arguments], cwd=of or self.tree, env=self.environment, capture_output=True, text=True,
            errors="surrogateescape")
        self.assertEqual(end.returncode != 0, fails, end.stderr)
        return end.stdout

    def write(self, name, text="x", tree=None):
        file = (tree or self.tree) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def sync(self, folder=None):
        end = subprocess.run([SCRIPT, folder or self.tree], env=self.environment, capture_output=True, text=True,
            errors="surrogateescape")
        return end.returncode, end.stdout, end.stderr

    def remote(self):
        """The names and contents that were pushed."""
        names = self.git("--git-dir", "remote.git", "ls-tree", "-r", "-z", "--name-only", "main", of=self.folder)
        return {
            name: self.git("--git-dir", "remote.git", "show", f"main:{name}", of=self.folder)
            for name in names.split("\0") if name}

    def state(self):
        return (
            self.git("rev-parse", "HEAD"), self.git("status", "--porcelain", "-z"), self.git("diff", "--cached"),
            self.git("ls-files", "-s"))

    def refused(self, words, folder=None):
        before, pushed = self.state(), self.remote()
        code, output, errors = self.sync(folder)
        self.assertEqual(code, 78, output + errors)
        self.assertIn(words, errors)
        self.assertTrue(errors.isascii() and len(errors.splitlines()) == 1 and "\t" not in errors, errors)
        self.assertEqual((self.state(), self.remote()), (before, pushed))

    def test_no_file_with_secrets_is_pushed_whatever_its_name(self):
        for name in SECRETS:
            with self.subTest(name=name):
                self.write(name)
                self.refused("holds secrets")
                (self.tree / name).unlink()

    def test_a_folder_of_settings_is_not_pushed(self):
        self.write(".env/local")
        self.refused("holds secrets")

    def test_other_files_are_pushed_whatever_their_names(self):
        for name in HARMLESS:
            self.write(name, name)
        code, output, errors = self.sync()
        self.assertEqual((code, errors), (0, ""))
        self.assertRegex(output, "^pushed [0-9a-f]+ to origin/main\n$")
        self.assertEqual(self.remote(), {"weights": "0", **{name: name for name in HARMLESS}})
        self.assertEqual(self.sync()[:2], (0, "nothing to commit or to push\n"))
        (self.tree / "-e").unlink()
        self.assertEqual(self.sync()[0], 0)
        self.assertNotIn("-e", self.remote())

    def test_a_private_key_is_not_pushed_in_any_file(self):
        self.write("notes.txt", "see\n-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n")
        self.refused("holds secrets")
        self.write("notes.txt", "-----BEGIN PGP PRIVATE KEY BLOCK-----\nabc\n")
        self.refused("holds secrets")

    def test_a_commit_that_a_hook_refuses_is_told(self):
        hook = self.tree / ".git/hooks/pre-commit"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)
        self.write("weights", "1")
        code, _, errors = self.sync()
        self.assertEqual(code, 74)
        self.assertIn("git made no commit", errors)

    def test_a_branch_without_any_commit_has_nothing_to_push(self):
        self.git("checkout", "-q", "--orphan", "new")
        self.git("rm", "-rqf", ".")
        self.assertEqual(self.sync()[:2], (0, "nothing to commit or to push\n"))

    def test_secrets_that_a_person_committed_are_not_pushed(self):
        self.write(".env.backup")
        self.git("add", "-f", ".env.backup")
        self.git("commit", "-qm", "Oops")
        self.refused("holds secrets")
        (self.tree / ".env.backup").unlink()
        self.git("commit", "-qam", "Gone again, and still in the history")
        self.refused("holds secrets")

    def test_what_is_ignored_or_only_deleted_is_no_obstacle(self):
        self.write(".env")
        self.write(".gitignore", ".env\n")
        self.assertEqual(self.sync()[0], 0)
        self.assertEqual(set(self.remote()), {"weights", ".gitignore"})

    def test_a_detached_head_is_told_before_anything_is_committed(self):
        self.git("checkout", "-q", "--detach")
        self.write("weights", "1")
        self.refused("on no branch")

    def test_a_subfolder_is_pushed_alone(self):
        self.write("models/a", "1")
        self.write("weights", "changed")
        self.write("notes", "staged by a person")
        self.git("add", "notes")
        code, _, errors = self.sync(self.tree / "models")
        self.assertEqual(code, 0, errors)
        self.assertEqual(self.remote(), {"weights": "0", "models/a": "1"})
        self.assertEqual(self.git("status", "--porcelain"), "A  notes\n M weights\n")
        self.git("commit", "-qm", "A person's own")
        self.write("models/a", "2")
        self.refused("outside of models/", self.tree / "models")

    def test_what_is_staged_and_changed_again_is_pushed_as_it_is_now(self):
        self.write("weights", "1")
        self.git("add", "weights")
        self.write("weights", "2")
        self.assertEqual(self.sync()[0], 0)
        self.assertEqual(self.remote()["weights"], "2")
        self.assertEqual(self.git("status", "--porcelain"), "")

    def diverge(self):
        self.git("checkout", "-qb", "side")
        self.write("weights", "side")
        self.git("commit", "-qam", "Side")
        self.git("checkout", "-q", "main")
        self.write("weights", "main")
        self.git("commit", "-qam", "Main")

    def test_no_state_in_the_middle_of_something_is_pushed(self):
        for begin, end in [("merge", "merge"), ("rebase", "rebase"), ("cherry-pick", "cherry-pick")]:
            with self.subTest(begin):
                self.setUp()
                self.diverge()
                self.git(begin, "side", fails=True)
                self.refused("in the middle of")
                self.git(end, "--abort")

    def test_conflicts_are_not_pushed(self):
        self.diverge()
        self.git("merge", "side", fails=True)
        os.unlink(self.tree / ".git/MERGE_HEAD")
        self.refused("weights has a conflict")
        self.git("add", "weights")
        self.refused("weights holds the marks of a conflict")
        self.git("commit", "-qm", "Marks and all")
        self.refused("weights holds the marks of a conflict")
        self.write("weights", "Title\n=======\n")
        self.assertEqual(self.sync()[0], 0)

    def test_a_repository_inside_is_no_part_of_the_push(self):
        for begins in ["git init -q 'im mer'", "git init -q 'im mer' && git -C 'im mer' commit -q --allow-empty -m x"]:
            environment = {**self.environment, "GIT_AUTHOR_NAME": "T", "GIT_AUTHOR_EMAIL": "t", "GIT_COMMITTER_NAME": "T",
                           "GIT_COMMITTER_EMAIL": "t"}
            subprocess.run(["sh", "-c", begins], cwd=self.tree, env=environment, check=True)
            self.write("im mer/weights")
            self.refused("is a repository of its own")
        self.write(".gitignore", "im mer/\n")
        self.assertEqual(self.sync()[0], 0)
        self.assertEqual(set(self.remote()), {"weights", ".gitignore"})

    def test_a_bare_repository_inside_is_not_pushed(self):
        self.git("init", "-q", "--bare", "in side")
        self.refused("is a repository of its own")

    def test_no_work_tree_is_64_and_no_remote_69(self):
        self.assertEqual(self.sync(self.folder)[0], 64)
        self.assertEqual(self.sync(self.tree / ".git")[0], 64)
        self.git("remote", "remove", "origin")
        self.write("weights", "1")
        self.assertEqual(self.sync()[0], 69)


if __name__ == "__main__":
    unittest.main()

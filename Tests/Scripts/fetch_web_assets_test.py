"""scripts/fetch-web-assets, in a clone with a small lock and a `pip` that gives what the test put there."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CONTENT = b"the library\n" * 20
PIP = r'''
import os, shutil, sys
from pathlib import Path

arguments = sys.argv[1:]
with open(os.environ["PIP_LOG"], "a") as log:
    print(" ".join(arguments), file=log)
requirement = Path(arguments[arguments.index("-r") + 1]).read_text()
wheel = Path(os.environ["PIP_WHEELS"]) / (requirement.split()[0] + ".whl")
if not {"--require-hashes", "--no-deps", "--only-binary=:all:"} <= set(arguments) or not wheel.exists():
    print("WARNING: Retrying\nERROR: No matching distribution found", file=sys.stderr)
    sys.exit(1)
shutil.copy(wheel, arguments[arguments.index("-d") + 1])
'''


def packed(name, content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("other.js", b"x" * len(CONTENT))
        archive.writestr(name, content)
    return buffer.getvalue()


class FetchWebAssetsTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name).resolve()
        self.clone = self.folder / "a clone"
        (self.clone / "scripts").mkdir(parents=True)
        shutil.copy(TOP / "scripts/fetch-web-assets", self.clone / "scripts")
        (self.folder / "modules/pip").mkdir(parents=True)
        (self.folder / "modules/pip/__main__.py").write_text(PIP)
        (self.folder / "modules/pip/__init__.py").touch()
        (self.folder / "wheels").mkdir()
        wheels = [
            {"dist": "charts", "version": version, "member": "charts/lib.js", "wheel_sha256": "00" * 32} for version in ("2", "1")]
        lock = {"assets": [{
            "name": "lib-1.js", "bytes": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest(), "wheels": wheels}]}
        (self.clone / "scripts/web-assets.lock.json").write_text(json.dumps(lock))
        self.asset = self.clone / "web-assets/lib-1.js"

    def put_wheel(self, version, content=CONTENT):
        (self.folder / f"wheels/charts=={version}.whl").write_bytes(packed("charts/lib.js", content))

    def run_script(self, *arguments, **settings):
        clean = {name: value for name, value in os.environ.items() if name != "WEB_ASSETS_DIR"}
        done = subprocess.run(
            [sys.executable, self.clone / "scripts/fetch-web-assets", *arguments], cwd=self.folder, capture_output=True, text=True,
            timeout=30, check=False,
            env={**clean, "PYTHONPATH": str(self.folder / "modules"), "PIP_LOG": str(self.folder / "log"),
                 "PIP_WHEELS": str(self.folder / "wheels"), **settings})
        return done.returncode, done.stdout + done.stderr

    def times_pip_was_asked(self):
        log = self.folder / "log"
        return log.read_text().count("download") if log.exists() else 0

    def nothing_was_written(self):
        self.assertEqual(list(self.clone.glob("web-assets/*")), [])

    def test_the_file_is_fetched_once(self):
        self.put_wheel(2)
        self.assertEqual(self.run_script("--check")[0], 1)
        code, output = self.run_script()
        self.assertEqual((code, self.asset.read_bytes()), (0, CONTENT), output)
        self.assertIn(f"fetched: {self.asset}", output)
        code, output = self.run_script()
        self.assertEqual((code, "ok:" in output, self.times_pip_was_asked()), (0, True, 1))
        self.assertEqual(self.run_script("--check")[0], 0)
        self.assertEqual([path.name for path in self.asset.parent.iterdir()], ["lib-1.js"])

    def test_a_file_that_was_changed_is_fetched_again(self):
        self.put_wheel(2)
        self.run_script()
        self.asset.write_bytes(CONTENT[:-1] + b"x")
        self.assertEqual(self.run_script("--check")[0], 1)
        self.assertEqual(self.run_script()[0], 0)
        self.assertEqual(self.asset.read_bytes(), CONTENT)

    def test_the_next_source_is_asked_where_the_first_fails(self):
        self.put_wheel(1)
        code, output = self.run_script()
        self.assertEqual((code, self.times_pip_was_asked()), (0, 2))
        self.assertIn("charts==2: ERROR: No matching distribution found", output)

    def test_other_bytes_are_never_written(self):
        self.put_wheel(2, CONTENT[:-1] + b"x")
        self.put_wheel(1, CONTENT + b"x")
        code, output = self.run_script()
        self.assertEqual(code, 69)
        self.assertEqual(output.count("holds no such file with these bytes"), 2)
        (self.folder / "wheels/charts==2.whl").write_bytes(b"no zip")
        self.assertEqual(self.run_script()[0], 69)
        self.nothing_was_written()

    def test_who_has_no_network_is_told_what_to_do(self):
        code, output = self.run_script()
        self.assertEqual(code, 69)
        self.assertIn("pip download --no-deps charts==2", output)
        self.assertIn("--from FILE", output)
        self.nothing_was_written()

    def test_a_file_that_a_person_brought_is_taken(self):
        tarball = self.folder / "package.tgz"
        with tarfile.open(tarball, "w:gz") as archive:
            info = tarfile.TarInfo("package/dist/lib.js")
            info.size = len(CONTENT)
            archive.addfile(info, io.BytesIO(CONTENT))
        (self.folder / "plain.js").write_bytes(CONTENT)
        (self.folder / "some.whl").write_bytes(packed("any/where.js", CONTENT))
        for name in ("plain.js", "some.whl", "package.tgz"):
            code, output = self.run_script("--from", name)
            self.assertEqual((code, self.asset.read_bytes()), (0, CONTENT), output)
            self.asset.unlink()
        self.assertEqual(self.times_pip_was_asked(), 0)
        for name, content in (("wrong.js", b"x" * len(CONTENT)), ("wrong.whl", packed("a.js", b"x" * len(CONTENT))), ("cut.whl", b"PK\3\4")):
            (self.folder / name).write_bytes(content)
            self.assertEqual(self.run_script(f"--from={name}")[0], 64)
        self.assertEqual(self.run_script("--from", "none")[0], 64)
        self.nothing_was_written()

    def test_the_folder_is_the_one_that_the_dashboard_reads(self):
        self.put_wheel(2)
        (self.clone / ".env").write_text("# a comment\nWEB_ASSETS_DIR=in the file\n")
        self.assertEqual(self.run_script()[0], 0)
        self.assertTrue((self.clone / "in the file/lib-1.js").exists())
        self.assertEqual(self.run_script(WEB_ASSETS_DIR=str(self.folder / "named"))[0], 0)
        self.assertTrue((self.folder / "named/lib-1.js").exists())
        self.assertEqual(self.run_script("--to", "given")[0], 0)
        self.assertTrue((self.folder / "given/lib-1.js").exists())

    def test_a_folder_that_cannot_be_made_is_named(self):
        self.put_wheel(2)
        (self.folder / "file").touch()
        code, output = self.run_script("--to", "file/folder")
        self.assertEqual((code, "file/folder" in output), (74, True))

    def test_what_is_misspelt_is_refused(self):
        for arguments in (["--form", "x"], ["--from"], ["x"], ["--check=yes"], ["--check", "--from", "x"]):
            self.assertEqual(self.run_script(*arguments)[0], 64)
        self.assertEqual(self.run_script("--help")[0], 0)


if __name__ == "__main__":
    unittest.main()

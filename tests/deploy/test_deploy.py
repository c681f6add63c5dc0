"""What is deployed refers to what there is: files, commands, options, units."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from bot.cli import main

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
IMAGES = sorted(DEPLOY.glob("Dockerfile.*"))
INSTALLED = "/opt/mimic/bin/mimic"


def _name(path: Path) -> str:
    return path.name


def _run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def _need(tool: str) -> str:
    found = shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} is not installed here")
    return found


def _read_commands() -> list[str]:
    """Return every `mimic …` of the units, the images and the rented machine."""
    places = [*UNITS, DEPLOY / "cloud-init.yaml"]
    lines = [line.strip() for place in places for line in place.read_text().splitlines()]
    started = [line.split(f"{INSTALLED} ")[1] for line in lines if INSTALLED in line]
    texts = [image.read_text() for image in IMAGES]
    default = [re.search(r'^CMD \["mimic", (.*)\]$', text, re.MULTILINE)[1] for text in texts]
    return [*started, *(words.replace('"', "").replace(",", "") for words in default)]


def _read_written_files() -> dict[str, str]:
    """Return what the rented machine is given to write, by path."""
    text = (DEPLOY / "cloud-init.yaml").read_text()
    blocks = re.findall(r"- path: (\S+)\n    content: \|\n((?:      .*\n)+)", text)
    return {path: re.sub("^      ", "", content, flags=re.MULTILINE) for path, content in blocks}


def _read_versions(lock: Path) -> dict[str, str]:
    return dict(
        re.findall(r"^([a-z0-9._-]+)(?:\[.*\])?==([^\s;]+)", lock.read_text(), re.MULTILINE)
    )


@pytest.mark.parametrize("command", _read_commands())
def test_every_command_is_one_of_the_programs(command: str, capsys):
    assert main([*command.split(), "--help"]) == 0
    assert main([*command.split(), "--no-such-option", "--help"]) == 2


def test_every_unit_and_image_starts_something():
    assert len(UNITS) == 3
    assert len(IMAGES) == 2
    assert len(_read_commands()) == 6


@pytest.mark.parametrize("unit", UNITS, ids=_name)
def test_systemd_finds_nothing_wrong_with_a_unit(unit: Path, tmp_path: Path):
    _verify(_need("systemd-analyze"), tmp_path, {unit.name: unit.read_text()})


def test_systemd_finds_nothing_wrong_with_the_units_of_a_rented_machine(tmp_path: Path):
    written = _read_written_files()
    units = {path: text for path, text in written.items() if path.startswith("/etc/systemd")}
    assert len(units) == 4
    named = {path.removeprefix("/etc/systemd/system/"): text for path, text in units.items()}
    worker = (DEPLOY / "mimic-worker.service").read_text()
    _verify(_need("systemd-analyze"), tmp_path, {"mimic-worker.service": worker, **named})


def _verify(tool: str, folder: Path, units: dict[str, str]) -> None:
    """Let systemd read units as if everything that they start were installed."""
    there = shutil.which("true")
    for name, text in units.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(re.sub(r"/opt/mimic/bin/mimic|/usr/bin/nvidia-modprobe", str(there), text))
    files = [folder / name for name in units if not name.endswith(".conf")]
    done = _run(tool, "verify", "--man=no", *files)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=_name)
def test_a_unit_may_not_do_more_than_it_needs(unit: Path):
    text = unit.read_text()
    assert "User=mimic" in text
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="):
        assert line in text.splitlines()
    is_trainer = unit.name == "mimic-worker.service"
    assert ("PrivateDevices=yes" in text) != is_trainer  # a GPU is a device
    assert int(re.search(r"TimeoutStopSec=(\d+)", text)[1]) > 10  # what is under way ends first


def test_cloud_init_accepts_the_rented_machine():
    done = _run(_need("cloud-init"), "schema", "--config-file", DEPLOY / "cloud-init.yaml")
    assert done.returncode == 0, done.stderr
    assert "DEPRECAT" not in done.stdout + done.stderr


def test_the_rented_machine_takes_its_files_from_where_they_are():
    text = (DEPLOY / "cloud-init.yaml").read_text()
    used = re.findall(r"/var/lib/mimic/release/([\w./-]+)", text)
    assert used
    for path in used:
        assert (ROOT / path).is_file()


@pytest.mark.parametrize("image", IMAGES, ids=_name)
def test_an_image_is_built_by_the_script_from_files_that_it_is_given(image: Path):
    text = image.read_text()
    script, kind = re.search(r"sh /src/(\S+) (\w+) /opt/mimic", text).groups()
    lock = re.search(rf"^    {kind}\) lock=\$source/(\S+) ", (ROOT / script).read_text(), re.M)[1]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    given = {line[1:] for line in ignored if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    for path in (script, lock, "LICENSE", "README.md", "pyproject.toml", *packages):
        assert (ROOT / path).exists()
        assert path.split("/")[0] in given


@pytest.mark.parametrize("image", IMAGES, ids=_name)
def test_an_image_keeps_what_it_knows_on_a_volume_and_runs_as_nobody_special(image: Path):
    lines = image.read_text().splitlines()
    assert "VOLUME /data" in lines
    assert any("MIMIC_HOME=/data" in line for line in lines)
    assert lines.index("USER mimic") < lines.index("VOLUME /data")


def test_the_image_of_the_bot_is_asked_for_its_health_where_it_tells_it():
    text = (DEPLOY / "Dockerfile.serve").read_text()
    assert (
        re.search(r"127\.0\.0\.1:(\d+)/readyz", text)[1]
        == re.search(r'"--health", "(\d+)"', text)[1]
    )


def test_the_script_is_sound_sh():
    assert _run("sh", "-n", DEPLOY / "install.sh").returncode == 0
    done = _run(_need("shellcheck"), DEPLOY / "install.sh")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("words", [(), ("everything",)])
def test_the_script_says_how_it_is_used(words: tuple[str, ...]):
    done = _run("sh", DEPLOY / "install.sh", *words)
    assert done.returncode == 2
    assert "serve|train|gpu" in done.stderr


@pytest.mark.parametrize("name", ["requirements-serve.lock", "requirements-gpu.lock"])
def test_locks_hold_the_dependencies_with_the_versions_that_are_tested(name: str):
    lock, tested = _read_versions(DEPLOY / name), _read_versions(ROOT / "requirements.lock")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = list(project["dependencies"])
    if "gpu" in name:
        wanted += project["optional-dependencies"]["train"]
    assert {re.match(r"[\w-]+", each)[0] for each in wanted} <= set(lock)
    assert {package: tested[package] for package in lock if package in tested} == {
        package: version for package, version in lock.items() if package in tested
    }
    assert "://" not in (DEPLOY / name).read_text()


@pytest.mark.slow
def test_what_serves_is_installed_with_hashes_and_runs(tmp_path: Path):
    script, folder = DEPLOY / "install.sh", tmp_path / "mimic"
    for _ in range(2):  # the second time nothing is fetched
        done = _run("sh", script, "serve", folder)
        assert done.returncode == 0, done.stderr
    version = _run(folder / "bin" / "mimic", "--version").stdout
    assert version.startswith("mimic ")
    assert done.stdout == f"{version.strip()} for 'serve' is in {folder}.\n"
    assert _run(folder / "bin" / "python", "-c", "import tensorflow").returncode == 1
    assert _run(folder / "bin" / "python", "-c", "import bot.app, bot.studio").returncode == 0

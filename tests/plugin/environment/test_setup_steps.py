"""What "Set up" installs: every package by its hash, tried with the real uv."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from queue_home import ENGINE_PYTHON

from geofm_qgis.environment import folders, levels, steps
from geofm_qgis.environment.remedies import remedy_for

UV = ENGINE_PYTHON.parents[2] / "tools" / "bin" / "uv"
PACKAGES_STEP, CHECK_STEP = "Installing the engine's packages", "Checking that nothing is missing"


def test_the_steps_name_no_requirement_file_with_its_folder(tmp_path):
    own, folder = Path("/usr/bin/python3"), tmp_path / "with space"
    shutil.copytree(folders.requirements_folder(), folder)
    every = [level for platform in ("linux", "win32", "darwin") for level in levels.levels(platform)]
    for level in every:
        files = set()
        for step in steps.steps_of_setup(own, tmp_path, folder, level):
            for flag, value in zip(step.arguments, step.arguments[1:]):
                if flag == "-r":
                    files.add(value)
                    assert os.sep not in value and step.folder == folder and "--require-hashes" in step.arguments
        assert files == set(level.files)


def test_torch_comes_from_the_index_where_it_has_the_right_build(tmp_path):
    def torch(platform, name):
        (level,) = (level for level in levels.levels(platform) if level.name == name)
        made = steps.steps_of_setup(Path("python3"), tmp_path, folders.requirements_folder(), level)
        own = [step.arguments for step in made if "--torch-backend" in step.arguments]
        assert all("--no-deps" in arguments for arguments in own)
        return [arguments[arguments.index("--torch-backend") + 1 :] for arguments in own]

    assert torch("linux", "core") == torch("linux", "learn-gpu") == torch("win32", "learn-cpu") == []
    assert torch("darwin", "learn") == []
    ((backend, first, second),) = torch("linux", "learn-cpu")
    assert backend == "cpu" and first.startswith("torch==") and second.startswith("torchvision==")
    assert torch("win32", "learn-gpu")[0][0] == "auto"


def test_what_is_installed_without_torch_is_the_same_otherwise():
    def names(file):
        lines = (folders.requirements_folder() / file).read_text().splitlines()
        return {line.split(" ")[0] for line in lines if line[:1].isalnum()}

    left_out = names("learn.txt") - names("learn-cpu.txt")
    assert names("learn-cpu.txt") < names("learn.txt")
    assert {name.split("==")[0].split("-")[0] for name in left_out} == {
        "torch", "torchvision", "triton", "nvidia", "cuda"
    }  # fmt: skip


def wheel(folder, name, version, content, requires=()):
    """A wheel of one module; the line that pins it."""
    folder.mkdir(exist_ok=True)
    path, about = folder / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    wanted = "".join(f"Requires-Dist: {other}\n" for other in requires)
    files = {
        f"{name}.py": content,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{wanted}",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as zipped:
        for file, text in files.items():
            zipped.writestr(file, text)
        zipped.writestr(f"{about}/RECORD", "".join(f"{file},,\n" for file in (*files, f"{about}/RECORD")))
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture
def install(tmp_path):
    """Runs the steps that install packages with the real uv, from a folder of wheels in which torch wants `small`.

    The builds of torch come from that folder, too, since not every network reaches where they lie.
    """
    requirements, wheels, tampered = (tmp_path / name for name in ("requirements", "wheels", "tampered"))
    requirements.mkdir()
    pins = [wheel(wheels, "small", "1.0", "WORD = 'good'\n"), wheel(wheels, "text", "1.0", "", ["absent"])]
    torch = wheel(wheels, "torch", "2.0", "", ["small"]) + wheel(wheels, "torchvision", "1.0", "", ["torch"])
    shutil.copytree(wheels, tampered)
    wheel(tampered, "small", "1.0", "WORD = 'TAMPERED'\n")
    for name, text in (("learn.txt", torch), ("learn-cpu.txt", pins[0]), ("text.txt", pins[1])):
        (requirements / name).write_text(text)

    def run_steps(folder, environment=None):
        engine = tmp_path / "engine"
        if not engine.exists():
            subprocess.run([UV, "venv", "--quiet", "--python", ENGINE_PYTHON, engine], check=True)
        level = levels.Level("learn-cpu", "", "learn-cpu.txt", "cpu", 0)
        place = {"UV_FIND_LINKS": str(folder), "UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "cache")}
        printed = ""
        for step in steps._packages(UV, folders.python_in(engine), requirements, level):
            words = [word for word in step.arguments if word not in ("--torch-backend", "cpu")]
            command = [step.program, *words]
            surroundings = {**os.environ, **place, **(environment or {})}
            done = subprocess.run(command, cwd=step.folder, env=surroundings, capture_output=True, text=True)
            printed += done.stdout + done.stderr
            if done.returncode:
                return step.title, printed
        shown = subprocess.run(
            [folders.python_in(engine), "-c", "import small; print(small.WORD)"], capture_output=True
        )
        return shown.stdout.decode().strip(), printed

    run_steps.wheels, run_steps.tampered, run_steps.requirements = wheels, tampered, requirements
    return run_steps


def test_what_torch_needs_is_installed_by_its_hash(install):
    told, printed = install(install.wheels)
    assert told == "good", printed


@pytest.mark.parametrize("environment", [{}, {"UV_NO_VERIFY_HASHES": "1"}, {"UV_REQUIRE_HASHES": "0"}])
def test_a_tampered_package_that_torch_needs_is_refused(install, environment):
    told, printed = install(install.tampered, environment)
    assert told == PACKAGES_STEP and "TAMPERED" not in printed
    assert "refused" in remedy_for(printed)


def test_what_torch_needs_and_no_file_names_is_told(install):
    (install.requirements / "learn-cpu.txt").write_text(wheel(install.wheels, "other", "1.0", ""))
    told, printed = install(install.wheels)
    assert told == CHECK_STEP and "requires `small`" in printed


def test_the_host_that_does_not_answer_is_named(tmp_path):
    def printed(address):
        environment = {**os.environ, "UV_HTTP_RETRIES": "0", "UV_INDEX_URL": address, "UV_NO_CACHE": "1"}
        command = [UV, "pip", "install", "--python", ENGINE_PYTHON, "--target", str(tmp_path), "no-such-package"]
        return subprocess.run(command, env=environment, capture_output=True, text=True).stderr

    assert "server 127.0.0.1 cannot be reached" in remedy_for(printed("https://user:secret@127.0.0.1:9/simple"))
    assert "secret" not in remedy_for(printed("https://user:secret@127.0.0.1:9/simple"))
    assert "UV_DEFAULT_INDEX" in remedy_for(printed("https://127.0.0.1:9/simple"))
    assert "the other set" in remedy_for(printed("https://127.0.0.1:9/whl/cpu"))

"""An .osim file -> spec. OpenSim itself reads the file; what no engine of ours can do is refused, all of it at once.

OpenSim runs in a process of its own, because the <defaults> of a file stay in force for all files that the same process
reads later. It writes the model in today's format with every default filled in, and that is what is read here.

Left out in silence, as nothing of it moves a body: geometry to look at, probes, controllers, reporters, publications,
default speeds, forces, constraints and wrap objects that are switched off, and whether a coordinate is `clamped`, which
OpenSim 4.6 heeds only while somebody sets its value by hand.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree.ElementTree import Element

from soleus.model.osim import OpenSimMissingError, import_opensim, motions_in
from soleus.model.osim_xml import is_true, number_of, numbers_of, parse_xml, text_of, vector_of, write_xml
from soleus.model.reader.force import ForceReader
from soleus.model.reader.frame import Frames
from soleus.model.reader.joint import read_joints
from soleus.model.reader.refusal import Refusals, UnsupportedModelError
from soleus.model.reader.wrap import read_wrap_objects
from soleus.model.spec import (
    Body,
    CoordinateLimitForce,
    HuntCrossleyForce,
    Marker,
    Model,
    ModelError,
    Motion,
    SpringGeneralizedForce,
    Thelen2003Muscle,
)

_NO_OPENSIM = 3
_NOT_READ = 4
"""Exit codes of the reading process."""
_SETS = {
    "Body": "BodySet",
    "Joint": "JointSet",
    "Muscle": "ForceSet",
    "Force": "ForceSet",
    "ContactSphere": "ContactGeometrySet",
    "ContactHalfSpace": "ContactGeometrySet",
}
"""Where a component is read whose class ends so."""
_MOVES_NOTHING = ("PhysicalOffsetFrame", "Marker", "Station", "Controller", "Probe", "Reporter")
"""What the classes of components end in that may be anywhere: they move nothing, or are read where they are used."""


def read_osim(path: Path | str, *, timeout_s: float = 60.0) -> Model:
    """Read an .osim file of any version that OpenSim 4.6 reads.

    Raises:
        FileNotFoundError: there is no such file.
        OpenSimMissingError: OpenSim cannot be imported.
        UnsupportedModelError: the file holds elements that no engine of ours can simulate; the error has all of them.
        ModelError: OpenSim cannot read the file or takes longer than `timeout_s`, or the model contradicts itself.
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"there is no model file {file}; give the path of an .osim file")
    text, motions = _written_out(file, timeout_s)
    (model,) = parse_xml(text).findall("./Model")
    refusals = Refusals()
    try:
        parts = _parts(model, motions, refusals)
        refusals.check(file)
        return Model(name=model.get("name", ""), **parts)
    except UnsupportedModelError:
        raise
    except ModelError as error:
        raise ModelError(f"{file}: {error}") from error


def _parts(model: Element, motions: Mapping[str, Motion], refusals: Refusals) -> dict[str, Any]:
    """The fields of the spec."""
    frames = Frames(model, refusals)
    joints = read_joints(model, motions, frames, refusals)
    reader = ForceReader(model, frames, refusals)
    forces = reader.forces()
    geometry = reader.contact_geometry()
    bodies = tuple(map(_body, model.findall("./BodySet/objects/*")))
    _refuse_what_else_moves(model, refusals)
    if not bodies:
        raise ModelError("OpenSim finds no model with a body in it; is it an .osim file?")
    return {
        "bodies": bodies,
        "joints": joints,
        "muscles": tuple(force for force in forces if isinstance(force, Thelen2003Muscle)),
        "contact_geometry": geometry,
        "contact_forces": tuple(force for force in forces if isinstance(force, HuntCrossleyForce)),
        "limit_forces": tuple(force for force in forces if isinstance(force, CoordinateLimitForce)),
        "spring_forces": tuple(force for force in forces if isinstance(force, SpringGeneralizedForce)),
        "wrap_objects": read_wrap_objects(model, refusals),
        "markers": tuple(_marker(element, frames) for element in model.findall("./MarkerSet/objects/Marker")),
        "gravity": vector_of(model, "gravity"),
        "credits": text_of(model, "credits"),
    }


def _body(element: Element) -> Body:
    xx, yy, zz, xy, xz, yz = numbers_of(element, "inertia")
    return Body(
        element.get("name", ""),
        number_of(element, "mass"),
        vector_of(element, "mass_center"),
        (xx, yy, zz, xy, xz, yz),
    )


def _marker(element: Element, frames: Frames) -> Marker:
    name = element.get("name", "")
    pose = frames.pose(element, f"/markerset/{name}", "socket_parent_frame")
    return Marker(name, pose.body, pose.place(vector_of(element, "location")))


def _refuse_what_else_moves(model: Element, refusals: Refusals) -> None:
    """Constraints, and components of unknown classes: only what is known to move nothing may be left out."""
    for constraint in model.findall("./ConstraintSet/objects/*"):
        if is_true(constraint, "isEnforced"):
            refusals.add(constraint, "Soleus simulates no constraints", "remove it, or lock a coordinate in its place")
    for component in (*model.findall(".//components/*"), *model.findall("./ComponentSet/objects/*")):
        group = next((group for end, group in _SETS.items() if component.tag.endswith(end)), None)
        if group:
            refusals.add(component, f"it is not in the model's {group}, where Soleus reads such parts", "move it there")
        elif not component.tag.endswith(_MOVES_NOTHING):
            refusals.add(component, f"there is no {component.tag} in Soleus", "remove it")


def _written_out(file: Path, timeout_s: float) -> tuple[str, dict[str, Motion]]:
    """The file as OpenSim, in a process of its own, writes it, and what it calls the motion of each coordinate."""
    with TemporaryDirectory() as folder:
        target = Path(folder, "model.osim")
        code = f"from {__name__} import write_out; write_out()"
        command = [sys.executable, "-c", code, str(file.resolve()), str(target)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=timeout_s)
        except subprocess.TimeoutExpired:
            advice = "give it more time with timeout_s, or try the file in the OpenSim GUI"
            raise ModelError(f"{file}: OpenSim has not read it within {timeout_s:g} s; {advice}") from None
        if done.returncode == _NO_OPENSIM:
            raise OpenSimMissingError(done.stderr.strip())
        if done.returncode:
            words = done.stderr.strip() or f"its process ended with exit code {done.returncode}"
            raise ModelError(f"{file}: OpenSim cannot read it as a model: {words}")
        ignored = [line for line in done.stdout.splitlines() if "been ignored" in line]
        if ignored:  # OpenSim goes on with a default in the place of what it cannot read
            raise ModelError(f"{file}: mend what OpenSim cannot read: {ignored[0].strip()}")
        return target.read_text(encoding="utf-8"), json.loads(target.with_suffix(".json").read_text(encoding="utf-8"))


def write_out() -> None:
    """The reading process: `write_out SOURCE TARGET` in sys.argv."""
    source, target = sys.argv[1:]
    try:
        opensim = import_opensim()
        opensim.Logger.setLevelString("Warn")
        opensim.OpenSimObject.setSerializeAllDefaults(True)
        model = opensim.Model(source)
        model.finalizeConnections()
        write_xml(opensim, model, target)
        Path(target).with_suffix(".json").write_text(json.dumps(motions_in(opensim, model)), encoding="utf-8")
    except OpenSimMissingError as error:
        sys.stderr.write(str(error))
        raise SystemExit(_NO_OPENSIM) from None
    except RuntimeError as error:
        sys.stderr.write(str(error))
        raise SystemExit(_NOT_READ) from None

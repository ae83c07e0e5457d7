#!/usr/bin/env python3
"""Compares cubes as Orthoscope reads them with rasterio (GDAL), Spectral Python, h5py and numpy.

    cargo build -p orthoscope-raster --example raster_dump
    python tests/peers/cubes.py DUMP_PROGRAM FOLDER_OR_FILE...

ENVI and Erdas images, NumPy arrays, and every variable of NetCDF and HDF5 files that rasterio lists as a
subdataset: samples, place, no-data, wavelengths. Cubes of the layouts of EMIT, PRISMA and So2Sat are made with
netCDF4 and h5py besides. Prints one line per difference, with the reason where it is known, and the counts.
"""
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import h5py
import netCDF4
import numpy as np
import rasterio
import spectral
from raster_equality import compare_crs, compare_transform

warnings.filterwarnings("ignore")
SCIENCE = {".nc", ".nc4", ".h5", ".hdf5", ".he5"}


def is_envi(path):
    return path.suffix.lower() == ".hdr" and path.read_bytes()[:4] == b"ENVI"


def files_of(arguments):
    for argument in map(pathlib.Path, arguments):
        found = [argument] if argument.is_file() else sorted(argument.rglob("*"))
        for path in found:
            if path.is_file() and (path.suffix.lower() in SCIENCE | {".npy", ".lan", ".gis"} or is_envi(path)):
                yield path


def subdatasets(path):
    """(what rasterio opens, what we open) for each image of a scientific file."""
    try:
        with rasterio.open(path) as dataset:
            names = dataset.subdatasets
            count = dataset.count
    except rasterio.errors.RasterioIOError:
        return [(str(path), str(path))]
    if not names:
        return [(str(path), str(path))] if count else []
    pairs = []
    for name in names:
        variable = re.sub(r"^(NETCDF|HDF5|netcdf|hdf5):\"?.*?\"?:", "", name, count=1).lstrip("/")
        variable = re.sub(r".*" + re.escape(path.name) + r"\"?:", "", name).lstrip("/")
        # rasterio writes spaces as underscores.
        pairs.append((name, f"{path}:{names_with_spaces(path).get(variable, variable)}"))
    return pairs


def names_with_spaces(path):
    names = {}
    try:
        with h5py.File(path) as file:
            file.visit(lambda name: names.setdefault(name.replace(" ", "_"), name))
    except OSError:
        pass
    return names


class Peer:
    """What another program says about an image: bands first."""

    def __init__(self, samples, dataset=None, wavelengths=None, no_data=None):
        self.samples, self.dataset, self.wavelengths, self.no_data = samples, dataset, wavelengths, no_data


def by_rasterio(name):
    dataset = rasterio.open(name)
    if dataset.count == 0:
        raise ValueError("no bands")
    if dataset.width * dataset.height * dataset.count > 60_000_000:
        raise ValueError("too large to compare")
    tags = [dataset.tags(i + 1) for i in range(dataset.count)]
    numbers = [t.get("wavelength") for t in tags]
    units = [t.get("wavelength_units", "").lower() for t in tags]
    factor = {"nanometers": 1, "nm": 1, "micrometers": 1000, "um": 1000}
    nm = None
    if all(numbers) and all(u in factor for u in units):
        nm = [float(n) * factor[u] for n, u in zip(numbers, units)]
    return Peer(dataset.read(), dataset, nm, dataset.nodata)


def by_spectral(path):
    image = spectral.open_image(str(path)) if path.suffix.lower() == ".hdr" else spectral.open_image(str(path))
    if isinstance(image, spectral.io.envi.SpectralLibrary):
        raise ValueError("a library")
    data = np.moveaxis(np.asarray(image.open_memmap(interleave="bip")), 2, 0)
    centers = image.bands.centers
    unit = (image.bands.band_unit or "").lower()
    nm = None
    if centers and (unit.startswith("micro") or unit == "um"):
        nm = [c * 1000 for c in centers]
    elif centers and not unit.startswith("wavenumber"):
        nm = centers
    return Peer(data, None, nm)


def ours(line):
    """Stored samples alone: colours that are made of class numbers come as extra bands."""
    planes = np.fromfile(line["raw"], dtype=line["sample_type"])
    planes = planes.reshape(len(line["bands"]), line["height"], line["width"])
    return planes[[b["index"] for b in line["bands"] if b.get("origin", "Stored") == "Stored"]]


def compare_samples(line, theirs):
    mine = ours(line)
    if np.iscomplexobj(theirs):
        return "complex"
    if mine.shape != theirs.shape:
        return f"shape {mine.shape} instead of {theirs.shape}"
    theirs = theirs.astype(mine.dtype)
    same = (mine == theirs) | ((mine != mine) & (theirs != theirs))
    if same.all():
        return "equal"
    if (mine[:, ::-1] == theirs).all():
        return "upside down"
    return f"{int((~same).sum())} of {same.size} differ, ours {mine[~same][:3]}, theirs {theirs[~same][:3]}"


def compare_wavelengths(line, nm):
    mine = [b["wavelength_nm"] for b in line["bands"]]
    if nm is None:
        return "equal" if not any(mine) else "only we know wavelengths"
    if not any(mine):
        return "no wavelengths"
    off = max(abs((a or 0) - b) for a, b in zip(mine, nm))
    return "equal" if len(mine) == len(nm) and off < 0.01 else f"wavelengths off by {off} nm"


def compare_no_data(line, theirs):
    mine = line["bands"][-1]["no_data"]
    mine = float("nan") if mine is None and line["sample_type"] == "float32" and theirs != theirs else mine
    if mine is None or theirs is None:
        return "equal" if mine is None and theirs is None else f"no-data {mine} instead of {theirs}"
    same = mine == theirs or (mine != mine and theirs != theirs) or np.isclose(mine, theirs, rtol=1e-6)
    return "equal" if same else f"no-data {mine} instead of {theirs}"


def report(counts, name, peer_name, line, peer):
    checks = {"samples": compare_samples(line, peer.samples)}
    if peer.dataset is not None:
        checks["transform"] = compare_transform(line, peer.dataset)
        checks["CRS"] = compare_crs(line, peer.dataset)
        checks["no-data"] = compare_no_data(line, peer.no_data)
    checks["wavelengths"] = compare_wavelengths(line, peer.wavelengths)
    for what, verdict in checks.items():
        counts[f"{peer_name}: {what} {'equal' if verdict == 'equal' else 'differ'}"] += 1
        if verdict != "equal":
            notes = " | ".join(line["warnings"])
            print(f"{name}: {peer_name}: {what}: {verdict}" + (f" [{notes[:160]}]" if notes else ""))


def short(name):
    return "/".join(pathlib.Path(name).parts[-2:])


def make_cubes(folder):
    """Cubes of known layouts with their samples as they should be shown, by variable."""
    random = np.random.default_rng(7)
    made = []
    emit, down, cross, bands = folder / "emit_like.nc", 90, 70, 285
    with netCDF4.Dataset(emit, "w") as file:
        for name, size in [("downtrack", down), ("crosstrack", cross), ("bands", bands), ("ortho_y", 120), ("ortho_x", 100)]:
            file.createDimension(name, size)
        file.geotransform = np.array([-120.0, 5e-4, 0, 40.0, 0, -5e-4])
        file.spatial_ref = rasterio.crs.CRS.from_epsg(4326).to_wkt()
        data = random.random((down, cross, bands), dtype="f4")
        variable = file.createVariable("reflectance", "f4", ("downtrack", "crosstrack", "bands"), fill_value=-9999,
                                       zlib=True, chunksizes=(32, 32, 64))
        variable[:] = data
        group = file.createGroup("sensor_band_parameters")
        group.createVariable("wavelengths", "f4", ("bands",))[:] = np.linspace(381, 2493, bands)
        group["wavelengths"].units = "nm"
        group.createVariable("fwhm", "f4", ("bands",))[:] = 8.5
        location = file.createGroup("location")
        glt_x = random.integers(0, cross + 1, (120, 100))
        glt_y = np.where(glt_x == 0, 0, random.integers(1, down + 1, (120, 100)))
        for name, table in [("glt_x", glt_x), ("glt_y", glt_y)]:
            location.createVariable(name, "i4", ("ortho_y", "ortho_x"), zlib=True)[:] = table
    ortho = np.where((glt_x > 0)[..., None], data[glt_y - 1, glt_x - 1], -9999)
    made.append((f"{emit}", np.moveaxis(ortho, 2, 0), np.linspace(381, 2493, bands)))
    made.append((f"{emit}:reflectance[raw]", np.moveaxis(data, 2, 0), np.linspace(381, 2493, bands)))
    prisma = folder / "prisma_like.he5"
    with h5py.File(prisma, "w") as file:
        group = file.create_group("HDFEOS/SWATHS/PRS_L2D_HCO/Data Fields")
        vnir = random.integers(0, 65536, (64, 66, 80), dtype="u2")
        swir = random.integers(0, 65536, (64, 173, 80), dtype="u2")
        group.create_dataset("VNIR_Cube", data=vnir, chunks=(16, 66, 80), compression="gzip", shuffle=True)
        group.create_dataset("SWIR_Cube", data=swir, chunks=(16, 173, 80), compression="gzip")
        file.attrs["List_Cw_Vnir"] = np.linspace(1010, 402, 66).astype("f4")
        file.attrs["List_Cw_Swir"] = np.linspace(2497, 943, 173).astype("f4")
    made.append((str(prisma), np.moveaxis(vnir, 1, 0), np.linspace(1010, 402, 66)))
    made.append((f"{prisma}:SWIR_Cube", np.moveaxis(swir, 1, 0), np.linspace(2497, 943, 173)))
    patches = folder / "so2sat_like.h5"
    with h5py.File(patches, "w") as file:
        sen2 = random.random((20, 32, 32, 10))
        file.create_dataset("sen1", data=random.random((20, 32, 32, 8)))
        file.create_dataset("sen2", data=sen2, chunks=(4, 32, 32, 10))
        file.create_dataset("label", data=np.eye(17)[random.integers(0, 17, 20)])
    made.append((f"{patches}", np.moveaxis(sen2[0], 2, 0), None))
    made.append((f"{patches}:sen2[17]", np.moveaxis(sen2[17], 2, 0), None))
    for dtype in ["u1", "i1", ">u2", "i2", "f2", "f4", ">f8", "u4", "i8", "?"]:
        for order in "CF":
            array = np.asarray(random.integers(0, 2 if dtype == "?" else 100, (24, 31, 7)).astype(dtype), order=order)
            path = folder / f"array_{dtype.strip('>?') or 'b'}_{'be' if '>' in dtype else 'le'}_{order}.npy"
            np.save(path, array)
            made.append((str(path), np.moveaxis(array, 2, 0), None))
            made.append((f"{path}:middle", np.moveaxis(array, 1, 0), None))
    return made


def main():
    program, *arguments = sys.argv[1:]
    counts = collections.Counter()
    jobs = []
    for path in files_of(arguments):
        if path.suffix.lower() in SCIENCE:
            jobs += [(ours_name, [("rasterio", lambda n=name: by_rasterio(n))]) for name, ours_name in subdatasets(path)]
        elif path.suffix.lower() == ".npy":
            array = np.load(path)
            jobs.append((str(path), [("numpy", lambda a=array: Peer(a[None] if a.ndim == 2 else np.moveaxis(a, 2, 0)))]))
        elif is_envi(path):
            data = [p for p in path.parent.glob(path.stem + "*") if p != path and p.suffix not in {".mat", ".csv", ".json", ".sta", ".xml"}]
            peers = [("rasterio", lambda d=d: by_rasterio(str(d))) for d in data[:1]]
            jobs.append((str(path), peers + [("Spectral Python", lambda p=path: by_spectral(p))]))
        else:
            jobs.append((str(path), [("rasterio", lambda p=path: by_rasterio(str(p))), ("Spectral Python", lambda p=path: by_spectral(p))]))
    with tempfile.TemporaryDirectory() as folder:
        made = make_cubes(pathlib.Path(folder))
        jobs += [(name, [("numpy", lambda s=samples, w=nm: Peer(s, None, w))]) for name, samples, nm in made]
        run = subprocess.run([program, folder, *(name for name, _ in jobs)], capture_output=True, text=True)
        lines = [json.loads(text) for text in run.stdout.splitlines()]
        if run.returncode or len(lines) != len(jobs):
            print(run.stderr[-3000:])
            sys.exit(f"the program ended with {run.returncode} after {len(lines)} of {len(jobs)} files")
        for (name, peers), line in zip(jobs, lines):
            failure = line.get("open_error") or line.get("read_error")
            for peer_name, read in peers:
                try:
                    peer = read()
                except Exception as error:  # noqa: BLE001 (whatever the peer says)
                    counts[f"{peer_name}: " + ("both refuse" if failure else "only we read it")] += 1
                    if not failure:
                        print(f"{short(name)}: only we read it; {peer_name}: {str(error)[:120]}")
                    continue
                if failure or "raw" not in line:
                    counts[f"{peer_name}: only the peer reads it"] += 1
                    print(f"{short(name)}: only {peer_name} reads it: {failure}")
                    continue
                counts[f"{peer_name}: both read"] += 1
                report(counts, short(name), peer_name, line, peer)
    for key, value in sorted(counts.items()):
        print(f"{value:5d} {key}")


if __name__ == "__main__":
    main()

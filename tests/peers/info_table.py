#!/usr/bin/env python3
"""Holds what Orthoscope says about every readable image against what gdalinfo says.

    cargo build -p orthoscope-raster --example raster_report
    python tests/peers/info_table.py REPORT_PROGRAM [--table OUT.tsv] [FOLDER_OR_FILE...]

Without a folder, that of ORTHOSCOPE_SAMPLES. Needs gdalinfo, pyproj and numpy. The images are copied first:
gdalinfo writes its statistics beside them. For each image: size, bands, types, colours, blocks, no-data, scale,
unit, overviews, masks, statistics, transform, CRS, control points, corners, extent, metadata groups. Prints each
difference with the reason where one is known, and the counts at the end; with --table, one line per image.
"""
import argparse
import collections
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

import pyproj

warnings.filterwarnings("ignore")
SUFFIXES = {".tif", ".tiff", ".btf", ".tf8", ".png", ".jpg", ".jpeg", ".webp", ".jp2", ".j2k", ".jxl", ".img", ".bsq", ".bil",
            ".bip", ".dat", ".raw", ".vrt", ".lan", ".gis"}
PATIENCE_S = 30
GDAL_TYPES = {"float16": "Float32", "float24": "Float32", "float32": "Float32", "float64": "Float64",
              "int64": "Int64", "uint64": "UInt64", "int8": "Byte", "complex64": "CFloat32", "complex128": "CFloat64",
              "complex_int16": "CInt16", "complex_int32": "CInt32"}

# Where the two differ on purpose: (what differs, a test of the two answers, the reason).
REASONS = []


def reason(what):
    def keep(test):
        REASONS.append((what, test, test.__doc__))
        return test
    return keep


def placed_by_points(self):
    return (self.ours["control_points"] or {}).get("method") is not None and "geoTransform" not in self.theirs


def compression(self):
    return self.theirs["metadata"].get("IMAGE_STRUCTURE", {}).get("COMPRESSION", "")


for _what in ("transform", "corner", "extent"):
    @reason(_what)
    def _(self, mine, other):
        """GDAL leaves it to its user to place an image by its control points; here it is shown placed by them"""
        return placed_by_points(self)


@reason("extent")
def _(self, mine, other):
    """another datum than WGS 84, shifted by the parameters of the EPSG table rather than by PROJ's choice"""
    near = all(abs(a - b) < 0.01 for p, q in zip(mine, other) for a, b in zip(p, q))
    return near and "WGS 84" not in (self.ours["crs"] or {}).get("name", "WGS 84")


@reason("block")
def _(self, mine, other):
    """libtiff cuts an uncompressed strip into strips of about 8 KB, which nothing in the file says"""
    return not compression(self) and mine[0] == other[0] and mine[1] > other[1]


for _what in ("colour", "statistics", "no-data"):
    @reason(_what)
    def _(self, mine, other):
        """a min-is-white image is turned round here and shown in grey"""
        return "MINISWHITE" in self.theirs["metadata"].get("IMAGE_STRUCTURE", {})


@reason("statistics")
def _(self, mine, other):
    """decoders of JPEG and its kin round differently, by a step"""
    lossy = any(name in compression(self) for name in ("JPEG", "JPEG2000", "WEBP", "JXL", "LERC"))
    return lossy and mine is not None and other is not None and abs(mine - other) <= 2


@reason("statistics")
def _(self, mine, other):
    """pixels that alpha hides do not count here"""
    return any(b["colorInterpretation"] == "Alpha" for b in self.theirs["bands"])


@reason("statistics")
def _(self, mine, other):
    """gdalinfo repeats the statistics that the file carries"""
    return any("STATISTICS_MEAN" in (b["metadata"] or {}) for b in self.ours["bands"])


@reason("mask")
def _(self, mine, other):
    """GDAL takes only alpha of 8 and 16 bits for a mask"""
    return "ALPHA" in mine and self.theirs["bands"][0]["type"] not in ("Byte", "UInt16")


@reason("metadata COLOR_PROFILE")
def _(self, mine, other):
    """colour profiles are neither applied nor listed"""
    return mine is None


for _what in ("metadata IMAGE_STRUCTURE/JPEG_QUALITY", "metadata IMAGE_STRUCTURE/JPEGTABLESMODE"):
    @reason(_what)
    def _(self, mine, other):
        """how the file was packed, guessed by GDAL from the quantisation tables"""
        return mine is None


@reason("metadata SUBDATASETS")
def _(self, mine, other):
    """pages are named as they are opened here, FILE:2"""
    return mine is not None and other is not None


@reason("crs")
def _(self, mine, other):
    """a local system without a place on the earth"""
    return mine is None and other is not None and other.startswith(("ENGCRS", "LOCAL_CS"))


@reason("crs")
def _(self, mine, other):
    """a projection or datum that is not supported here; a warning says which"""
    return mine is None and any("coordinate reference system was left out" in w for w in self.ours["warnings"])


@reason("colour")
def _(self, mine, other):
    """GDAL calls one bit of which 1 is black a palette; here it is turned round and shown in grey"""
    return other == "Palette" and self.ours["metadata"].get("MINISWHITE") == "YES"


@reason("metadata /MINISWHITE")
def _(self, mine, other):
    """that samples were turned round is said among the remarks"""
    return mine == "YES"


@reason("metadata /ALPHA")
def _(self, mine, other):
    """that alpha is multiplied into the colours is said among the remarks"""
    return mine == "PREMULTIPLIED"


for _what in ("colour", "mask", "bands"):
    @reason(_what)
    def _(self, mine, other):
        """GDAL replaces inks and lightness by red, green, blue and alpha; here both are bands"""
        return any(b["origin"] == "colors" for b in self.ours["bands"]) or (
            any(b["color"] == "cyan" for b in self.ours["bands"]) and self.theirs["bands"][0]["colorInterpretation"] == "Red")


@reason("metadata /Band_")
def _(self, mine, other):
    """a wavelength is said with its band"""
    return mine is None and any(b["wavelength_nm"] is not None for b in self.ours["bands"])


for _what in ("metadata IMAGE_STRUCTURE/COMPRESSION_REVERSIBILITY", "metadata IMAGE_STRUCTURE/OVERVIEW_RESAMPLING"):
    @reason(_what)
    def _(self, mine, other):
        """how the file was packed, said by the file beside it or found by looking into the first tile"""
        return mine is None or other is None


@reason("overviews")
def _(self, mine, other):
    """levels that a decoder of JPEG or JPEG 2000 offers, not of the file: listed as what they are here"""
    return self.theirs["driverShortName"] in ("JPEG", "JP2OpenJPEG")


for _what in ("driver", "format"):
    @reason(_what)
    def _(self, mine, other):
        """one reader of JPEG 2000 here, several in GDAL, each with a name of its own"""
        return "JPEG" in mine and "JP2" in self.theirs["driverShortName"]


def is_envi(self):
    return self.ours["driver"] == "ENVI" and self.theirs["driverShortName"] == "ENVI"


@reason("colour")
def _(self, mine, other):
    """GDAL gives images of one bit a table of black and white"""
    return other == "Palette" and self.ours["bands"][0]["dtype"] == "uint1"


for _what in ("no-data", "mask"):
    @reason(_what)
    def _(self, mine, other):
        """no-data of complex numbers is looked for in their real part and said with none of the bands made of them"""
        return any(b["origin"] == "real" for b in self.ours["bands"])


@reason("type")
def _(self, mine, other):
    """GDAL has no signed numbers of this size"""
    return mine == "int24"


@reason("crs")
def _(self, mine, other):
    """the same system; PROJ chooses another shift to WGS 84 for it than the EPSG table's"""
    return mine is not None and other is not None and mine.startswith(other) and float(mine.split("(")[-1].split()[0]) < 200


@reason("crs")
def _(self, mine, other):
    """PROJ has no way back from it to longitude and latitude, so that places cannot be compared"""
    return "Input is not a transformation" in str(other) or "inf m" in str(mine)


@reason("metadata IMAGE_STRUCTURE/COMPRESSION_REVERSIBILITY")
def _(self, mine, other):
    """said here of the wavelets; GDAL looks also for whether layers were left out"""
    return mine == "LOSSLESS" and other == "LOSSY"


@reason("block")
def _(self, mine, other):
    """GDAL reads small tiles of JPEG 2000 together"""
    return self.theirs["driverShortName"] == "JP2OpenJPEG" and mine[0] < other[0]


@reason("metadata xml:XMP")
def _(self, mine, other):
    """XMP is listed of TIFF and JPEG 2000 only"""
    return mine == "{}" and self.theirs["driverShortName"] not in ("GTiff", "JP2OpenJPEG")


@reason("metadata /EXIF_UserComment")
def _(self, mine, other):
    """a short comment, which GDAL 3.6 loses behind the eight bytes that name its encoding"""
    return bool(mine) and len(mine) < 8 and mine != other


@reason("metadata RPC/")
def _(self, mine, other):
    """rational polynomials of an ENVI header are not read"""
    return is_envi(self) and mine is None


for _what in ("metadata ENVI/", "metadata /", "band metadata /wavelength"):
    @reason(_what)
    def _(self, mine, other):
        """what an ENVI header says is said in fields of their own, the rest under the header's names without a group"""
        return is_envi(self) and (mine is None or other is None)


@reason("description")
def _(self, mine, other):
    """GDAL makes a name of a band's wavelength"""
    return is_envi(self) and any(b["wavelength_nm"] is not None for b in self.ours["bands"])


@reason("scale")
def _(self, mine, other):
    """the reflectance scale factor of an ENVI header, which GDAL does not apply"""
    return is_envi(self) and other is None


@reason("colour")
def _(self, mine, other):
    """a single band is called grey"""
    return mine == "gray" and other == "Undefined"


for _what in ("metadata SUBDATASETS", "overviews"):
    @reason(_what)
    def _(self, mine, other):
        """pages are listed as pages here, and directories within a directory (SubIFDs) are not looked for"""
        return not mine and self.theirs["driverShortName"] == "GTiff" and "SUBDATASETS" in self.theirs["metadata"]


@reason("colour table")
def _(self, mine, other):
    """GDAL gives images of one bit a table of black and white"""
    return not mine and len(other) == 2


@reason("colour table")
def _(self, mine, other):
    """a table of greys that are the numbers themselves is no palette here"""
    return not mine and all(entry == [i, i, i, 255] for i, entry in enumerate(other))


@reason("colour")
def _(self, mine, other):
    """a palette of greys that are the numbers themselves is no palette here"""
    return mine == "gray" and other == "Palette"


@reason("block")
def _(self, mine, other):
    """GDAL reads one giant packed strip row by row"""
    return mine[0] == other[0] and other[1] == 1 and mine[1] > 2000


@reason("metadata IMAGE_STRUCTURE/PREDICTOR")
def _(self, mine, other):
    """what the tag says, also where GDAL 3.6 lists it for whole numbers only"""
    return other is None


@reason("metadata IMAGE_STRUCTURE/INTERLEAVE")
def _(self, mine, other):
    """the interleave of plain files is said in a field of its own"""
    return mine is None and self.ours["driver"] != "GTiff"


@reason("mask")
def _(self, mine, other):
    """gdalinfo names no kind of this mask"""
    return other == []


@reason("mask")
def _(self, mine, other):
    """where the list of extra samples is too short, what it names counts"""
    return "ALPHA" in mine and other == ["ALL_VALID"]


@reason("files")
def _(self, mine, other):
    """a .msk that does not say that it is a mask is left out; a warning says so"""
    return any(".msk" in w for w in self.ours["warnings"])


@reason("unit")
def _(self, mine, other):
    """heights of a vertical system without a unit of its own are in metres"""
    return mine == "metre" and not other


@reason("crs")
def _(self, mine, other):
    """two control points place nothing, so that their system is not said either; a warning says so"""
    return mine is None and any("three are needed" in w for w in self.ours["warnings"])


@reason("crs")
def _(self, mine, other):
    """a datum without a name, of which nothing says where it lies on the earth"""
    return mine is None and 'DATUM["unnamed"' in other


@reason("crs")
def _(self, mine, other):
    """a body other than the earth, between which and WGS 84 PROJ has no way"""
    return "Equirectangular EUROPA" in str(mine)


@reason("crs")
def _(self, mine, other):
    """GDAL takes degrees for granted where an Erdas LAN or GIS file names no system"""
    return mine is None and self.ours["driver"] == "LAN"


@reason("extent")
def _(self, mine, other):
    """the keys contradict the code that they name: GDAL believes the code, here what is spelt out wins"""
    return self.ours["path"].endswith("allgeokeys.tif")


@reason("statistics")
def _(self, mine, other):
    """pixels that a mask hides do not count here"""
    return any("PER_DATASET" in b["mask"]["flags"] for b in self.ours["bands"])


@reason("statistics")
def _(self, mine, other):
    """a part is damaged: it is refused here by a sentence, GDAL takes zeros for it"""
    return mine is None or any("lists only" in w for w in self.ours["warnings"])


@reason("statistics")
def _(self, mine, other):
    """GDAL gives up where it is read here"""
    return other is None


@reason("statistics")
def _(self, mine, other):
    """lengths of strips are missing: here what the strip must have is read, GDAL takes zeros for it"""
    return "stripbytecounts" in self.ours["path"]


@reason("metadata EXIF/")
def _(self, mine, other):
    """the Exif directory of a TIFF is not listed"""
    return mine is None and self.ours["driver"] == "GTiff"


for _what in ("metadata /EXIF_", "metadata /COMMENT"):
    @reason(_what)
    def _(self, mine, other):
        """fields behind a damaged one, and comments, of a photograph"""
        return self.ours["driver"] == "JPEG" and not (mine or "").strip()


@reason("metadata /TIFFTAG_")
def _(self, mine, other):
    """a resolution of zero says nothing"""
    return mine is None and other == "0"


@reason("metadata /AREA_OR_POINT")
def _(self, mine, other):
    """of damaged GeoKeys as much is read as is sound"""
    return mine == "Area" and other is None


def gdal_type(dtype):
    if dtype in GDAL_TYPES:
        return GDAL_TYPES[dtype]
    digits = dtype.lstrip("uintcomplex_")
    bits = int(digits) if digits.isdigit() else 0
    if dtype.startswith("uint"):
        return "Byte" if bits <= 8 else "UInt16" if bits <= 16 else "UInt32"
    if dtype.startswith("int"):
        return "Byte" if bits <= 8 else "Int16" if bits <= 16 else "Int32"
    return dtype


def close(a, b, relative=1e-6, absolute=0.0):
    if a is None or b is None:
        return a is b
    if isinstance(a, str) or isinstance(b, str):
        return str(a).lower() == str(b).lower()
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= max(relative * max(abs(a), abs(b)), absolute)


def number(value):
    return value if value is None or not isinstance(value, str) else float(value.replace("Infinity", "inf"))


def farthest_m(ours, theirs, points):
    """Metres between the places that both CRSs give to some points of the image."""
    places = []
    for crs in (ours, theirs):
        way = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        places.append([way.transform(*p) for p in points])
    off = 0.0
    for (x0, y0), (x1, y1) in zip(*places):
        if not all(map(math.isfinite, (x0, y0, x1, y1))):
            return math.inf
        turn = abs(x0 - x1) % 360
        off = max(off, math.hypot(min(turn, 360 - turn) * math.cos(math.radians(y0)), y0 - y1) * 111_320)
    return off


def flat(domain):
    """A group of remarks without what gdalinfo itself adds."""
    return {k: v for k, v in domain.items() if not k.startswith("STATISTICS_")} if isinstance(domain, dict) else domain


class Comparison:
    def __init__(self, ours, theirs):
        self.ours, self.theirs = ours, theirs
        self.differences = []
        self.equal = 0

    def check(self, what, same, mine, other):
        if same:
            self.equal += 1
        else:
            known = next((text for name, test, text in REASONS if what.startswith(name) and test(self, mine, other)), None)
            self.differences.append((what, mine, other, known))

    def stored_bands(self):
        return [b for b in self.ours["bands"] if b["origin"] in ("stored", "real")]

    def run(self):
        ours, theirs = self.ours, self.theirs
        self.check("driver", ours["driver"] == theirs["driverShortName"], ours["driver"], theirs["driverShortName"])
        self.check("format", ours["format"] == theirs["driverLongName"], ours["format"], theirs["driverLongName"])
        self.check("size", [ours["width"], ours["height"]] == theirs["size"], [ours["width"], ours["height"]], theirs["size"])
        files = [sorted(pathlib.Path(f).name for f in x["files"]) for x in (ours, theirs)]
        self.check("files", files[0] == files[1], *files)
        self.place()
        self.remarks()
        bands = self.stored_bands()
        self.check("bands", len(bands) == len(theirs["bands"]), len(bands), len(theirs["bands"]))
        for mine, other in zip(bands, theirs["bands"]):
            self.band(mine, other)
        return self

    def place(self):
        ours, theirs = self.ours, self.theirs
        mine, other = ours["transform"], theirs.get("geoTransform")
        scale = max(abs(other[1]) + abs(other[2]), 1e-300) if other else 1
        same = (mine is None) == (other is None) and (
            mine is None or max(abs(a - b) for a, b in zip(mine, other)) <= 1e-6 * scale)
        self.check("transform", same, mine, other)
        points = [[p[k] for k in ("pixel", "line", "x", "y", "z")] for p in (ours["control_points"] or {}).get("points", [])]
        others = [[p[k] for k in ("pixel", "line", "x", "y", "z")] for p in theirs.get("gcps", {}).get("gcpList", [])]
        same = len(points) == len(others) and all(close(a, b, 1e-12) for p, q in zip(points, others) for a, b in zip(p, q))
        self.check("control points", same, points[:3], others[:3])
        system = theirs.get("coordinateSystem") or theirs.get("gcps", {}).get("coordinateSystem") or {}
        self.crs(ours["crs"], system.get("wkt") or None, theirs)
        for name, key in {"upper_left": "upperLeft", "lower_left": "lowerLeft", "lower_right": "lowerRight",
                          "upper_right": "upperRight", "center": "center"}.items():
            mine, other = ours["corners"][name], theirs["cornerCoordinates"][key]
            # gdalinfo rounds to three digits behind the point in metres, to seven in degrees.
            off = max(abs(a - b) for a, b in zip(mine, other))
            coarse = max(map(abs, other)) > 360 or all(round(n, 3) == n for n in other)
            places = 6e-4 if coarse else 2e-7
            self.check(f"corner {name}", off <= max(places, 1e-6 * scale), mine, other)
        mine, other = ours["wgs84_extent"], (theirs.get("wgs84Extent") or {}).get("coordinates") or [[]]
        mine, other = mine["coordinates"][0] if mine else [], other[0]
        off = max((abs(a - b) for p, q in zip(mine, other) for a, b in zip(p, q)), default=0)
        self.check("extent", len(mine) == len(other) and off < 2e-7, mine[:3], other[:3])

    def crs(self, mine, other, theirs):
        if mine is None or other is None:
            self.check("crs", mine is None and other is None, mine and mine["name"], other and other[:60])
            return
        epoch = theirs.get("coordinateEpoch")
        self.check("epoch", close(mine.get("coordinate_epoch"), epoch), mine.get("coordinate_epoch"), epoch)
        try:
            peer = pyproj.CRS.from_wkt(other)
            peer = peer.sub_crs_list[0] if peer.is_compound else peer
            code = peer.to_epsg()
            own = (peer.to_json_dict().get("source_crs") or peer.to_json_dict()).get("id", {}).get("code")
            if mine["epsg"] is not None and mine["epsg"] in (code, own):
                self.check("crs", True, None, None)
                return
            corners = [self.ours["corners"][k] for k in ("upper_left", "lower_right", "center")]
            own = pyproj.CRS.from_user_input(mine["wkt"] or mine["proj4"])
            off = farthest_m(own, peer, corners)
            self.check("crs", off < 0.01, f"{mine['name']} ({off:.2f} m off)", peer.name)
        except pyproj.exceptions.ProjError as error:
            self.check("crs", False, mine["name"], f"{other[:60]} ({str(error)[:80]})")

    def remarks(self):
        theirs = {k: flat(v) for k, v in self.theirs["metadata"].items() if k != "DERIVED_SUBDATASETS"}
        ours = {"": self.ours["metadata"], **self.ours["domains"]}
        for name in sorted(set(theirs) | set(ours)):
            mine, other = ours.get(name, {}), theirs.get(name, {})
            if isinstance(other, (list, str)) or isinstance(mine, str):
                other = other[0] if isinstance(other, list) else other
                same = isinstance(mine, str) and isinstance(other, str) and mine.strip() == other.strip()
                self.check(f"metadata {name}", same, str(mine)[:60], str(other)[:60])
                continue
            for key in sorted(set(mine) | set(other)):
                a, b = mine.get(key), other.get(key)
                self.check(f"metadata {name}/{key}", same_text(a, b), a, b)

    def band(self, mine, other):
        n = other["band"]
        self.check("type", gdal_type(mine["dtype"]) == other["type"], mine["dtype"], other["type"])
        self.check("block", mine["block"] == other["block"], mine["block"], other["block"])
        color = {"paletteindex": "palette"}.get(mine["color"], mine["color"])
        self.check("colour", color == other["colorInterpretation"].lower(), mine["color"], other["colorInterpretation"])
        if mine["origin"] == "real":
            # The parts of a complex number are bands of their own here, with the part in the name.
            mine["name"] = (mine["name"] or "").removesuffix("Real").removesuffix(" real") or None
        self.check("description", (mine["name"] or "") == other.get("description", ""), mine["name"], other.get("description"))
        self.check("unit", (mine["unit"] or "") == other.get("unit", ""), mine["unit"], other.get("unit"))
        # gdalinfo prints eight digits of floats.
        a, b = mine["no_data"], other.get("noDataValue")
        self.check("no-data", close(number(a), number(b), 1e-7 if other["type"] == "Float32" else 1e-12), a, b)
        for key, default in (("scale", 1.0), ("offset", 0.0)):
            a, b = mine[key], other.get(key)
            self.check(key, close(default if a is None else a, default if b is None else b, 1e-12), a, b)
        levels = [o["size"] for o in other.get("overviews", [])]
        self.check("overviews", self.ours["stored_overviews"] == levels, self.ours["stored_overviews"], levels)
        # Of masks that are made of no-data alone, or of nothing, gdalinfo says nothing.
        flags = other.get("mask", {}).get("flags", ["NODATA" if "noDataValue" in other else "ALL_VALID"])
        self.check("mask", sorted(mine["mask"]["flags"]) == sorted(flags), mine["mask"]["flags"], flags)
        masks = [o["size"] for o in other.get("mask", {}).get("overviews", [])]
        self.check("mask overviews", mine["mask"]["overviews"] == masks, mine["mask"]["overviews"], masks)
        self.check("categories", mine.get("categories", []) == other.get("categories", []), mine.get("categories"), other.get("categories"))
        table = other.get("colorTable", {}).get("entries", [])
        self.check("colour table", mine.get("color_table", []) == table, mine.get("color_table", [])[:3], table[:3])
        if "min" in mine or "minimum" in other:
            for key, peer in {"min": "minimum", "max": "maximum", "mean": "mean", "std": "stdDev"}.items():
                a, b = number(mine.get(key)), number(other.get(peer))
                a = None if a is not None and math.isnan(a) else a
                # gdalinfo prints three digits behind the point.
                self.check(f"statistics {key}", close(a, b, 1e-6, 6e-4), a, b)
        theirs = {k: flat(v) for k, v in other.get("metadata", {}).items()}
        ours = {"": mine["metadata"] or {}, **mine["domains"]}
        for name in sorted(set(theirs) | set(ours)):
            a, b = ours.get(name, {}), theirs.get(name, {})
            for key in sorted(set(a) | set(b)):
                if not key.startswith("STATISTICS_"):
                    self.check(f"band metadata {name}/{key}", same_text(a.get(key), b.get(key)), a.get(key), b.get(key))
        del n


def same_text(a, b):
    a, b = a or "", b or ""
    if a.strip() == b.strip():
        return True
    try:
        mine, other = [float(x) for x in a.split()], [float(x) for x in b.split()]
    except ValueError:
        return False
    return len(mine) == len(other) and all(close(x, y, 1e-12) for x, y in zip(mine, other))


def images(arguments, work):
    found = []
    for argument in map(pathlib.Path, arguments):
        target = work / argument.name
        if argument.is_file():
            shutil.copy(argument, target)
            found.append((argument, target))
            continue
        shutil.copytree(argument, target)
        for path in sorted(target.rglob("*")):
            if path.is_file() and path.suffix.lower() in SUFFIXES:
                found.append((argument / path.relative_to(target), path))
    return found


def report(program, path):
    """What Orthoscope says; a damaged file that claims a million megapixels is not waited for."""
    try:
        run = subprocess.run([program, str(path)], capture_output=True, text=True, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        return {"error": f"its statistics take more than {PATIENCE_S} s"}
    if run.returncode:
        sys.exit(f"{path}: the program ended with {run.returncode}: {run.stderr[-500:]}")
    return json.loads(run.stdout)


def gdalinfo(path):
    command = ["gdalinfo", "-json", "-stats", "-mdd", "all", str(path)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=PATIENCE_S)
        return json.loads(run.stdout)
    except subprocess.TimeoutExpired:
        return {"error": f"its statistics take more than {PATIENCE_S} s"}
    except ValueError:
        return {"error": run.stderr.strip()[-150:]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--table")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    files = arguments.files or [os.environ.get("ORTHOSCOPE_SAMPLES") or sys.exit("SKIPPED: set ORTHOSCOPE_SAMPLES")]
    counts, fields = collections.Counter(), collections.Counter()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, path in images(files, pathlib.Path(folder)):
            compare(str(name), report(arguments.program, path), gdalinfo(path), counts, fields, rows)
    for key, value in sorted(counts.items()):
        print(f"{value:6d} {key}")
    for key, value in fields.most_common():
        print(f"{value:6d} {key}")
    if arguments.table:
        pathlib.Path(arguments.table).write_text("\n".join("\t".join(r) for r in rows) + "\n")


def compare(name, ours, theirs, counts, fields, rows):
    short = "/".join(pathlib.Path(name).parts[-3:])
    if "error" in ours or "error" in theirs:
        verdict = "both refuse" if "error" in ours and "error" in theirs else "only gdalinfo reads it" if "error" in ours else "only we read it"
        counts[verdict] += 1
        rows.append((short, verdict, ours.get("error", "")))
        if "error" in ours and "error" not in theirs:
            print(f"{short}: {ours['error']}")
        return
    found = Comparison(ours, theirs).run()
    counts["both read"] += 1
    counts["fields equal"] += found.equal
    unexplained = [d for d in found.differences if d[3] is None]
    counts["fields that differ, reason known"] += len(found.differences) - len(unexplained)
    counts["fields that differ"] += len(unexplained)
    counts["images equal, or different for a known reason"] += not unexplained
    seen = set()
    for what, mine, other, known in found.differences:
        if known is None:
            key = what if what.startswith("metadata") else what.split(" ")[0]
            fields[what.split("/")[0] if what.startswith("metadata /") else what] += 1
            if key not in seen:
                print(f"{short}: {what}: {str(mine)[:160]} | {str(other)[:160]}")
                seen.add(key)
    why = "; ".join(sorted({f"{w}: {k or 'unexplained'}" for w, _, _, k in found.differences}))
    rows.append((short, "equal" if not found.differences else "differs", why))


if __name__ == "__main__":
    main()

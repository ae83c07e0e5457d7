"""What QGIS takes for the jobs that Orthoscope is timed at, as JSON. Run by a Python that has QGIS.

    QT_QPA_PLATFORM=offscreen /usr/bin/python3 tests/peers/qgis_cost.py start
    QT_QPA_PLATFORM=offscreen /usr/bin/python3 tests/peers/qgis_cost.py frame IMAGE [ROUNDS]
    QT_QPA_PLATFORM=offscreen /usr/bin/python3 tests/peers/qgis_cost.py pan IMAGE [PROJECT.gpkg [whole]]
    QT_QPA_PLATFORM=offscreen /usr/bin/python3 tests/peers/qgis_cost.py edit PROJECT.gpkg

`start` is the application without its window; `frame` opens and draws the whole image at 1920 x 1080 (after
one round that is not counted); `pan` draws 60 views of it at one pixel a pixel, with the regions of a project over it
(`whole`: with all of the image in view),
as QGIS does for each view that its map canvas shows, the second time round; `edit` commits one changed attribute of
one region at a time. Wall and processor milliseconds; the processor's are of all threads.
"""

import json
import os
import statistics
import sys
import time

began = time.perf_counter(), time.process_time()

from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize  # noqa: E402

WIDTH, HEIGHT = 1920, 1080
PANS = 60


def since(start):
    return {"wall_ms": (time.perf_counter() - start[0]) * 1e3, "cpu_ms": (time.process_time() - start[1]) * 1e3}


def now():
    return time.perf_counter(), time.process_time()


def medians(runs):
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def drawn(layers, extent):
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setOutputSize(QSize(WIDTH, HEIGHT))
    settings.setDestinationCrs(layers[-1].crs())
    settings.setExtent(extent)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    picture = job.renderedImage()
    assert picture.width() == WIDTH and not picture.isNull()
    return picture


def opened(path):
    layer = QgsRasterLayer(path, "image")
    assert layer.isValid(), path
    return layer


def frame(path, rounds):
    runs = []
    for _ in range(rounds + 1):
        start = now()
        layer = opened(path)
        drawn([layer], layer.extent())
        runs.append(since(start))
    return {"first": medians(runs[1:])}


def pan(path, project=None, whole=None):
    layer = opened(path)
    layers = [layer]
    if project:
        regions = QgsVectorLayer(f"{project}|layername=region", "regions", "ogr")
        assert regions.isValid()
        layers.insert(0, regions)
    pixel = layer.rasterUnitsPerPixelX()
    if whole:
        pixel *= max(layer.width() / WIDTH, layer.height() / HEIGHT)
    middle = layer.extent().center()
    runs = []
    for measured in (False, True):
        for i in range(PANS):
            x, y = middle.x() + 8 * (i - PANS / 2) * pixel, middle.y()
            half = WIDTH / 2 * pixel, HEIGHT / 2 * pixel
            start = now()
            drawn(layers, QgsRectangle(x - half[0], y - half[1], x + half[0], y + half[1]))
            if measured:
                runs.append(since(start))
    return {"pan": medians(runs), "worst_ms": max(run["wall_ms"] for run in runs)}


def edit(path):
    layer = QgsVectorLayer(f"{path}|layername=region", "regions", "ogr")
    assert layer.isValid() and layer.featureCount()
    column = layer.fields().indexOf("class")
    ids = [f.id() for f in layer.getFeatures()]
    runs = []
    for i in range(60):
        assert layer.startEditing()
        assert layer.changeAttributeValue(ids[i % len(ids)], column, f"class {i}")
        start = now()
        assert layer.commitChanges(), layer.commitErrors()
        runs.append(since(start))
    return {"commit": medians(runs), "worst_ms": max(run["wall_ms"] for run in runs)}


def main():
    job = sys.argv[1]
    application = QgsApplication([], False)
    application.initQgis()
    if job == "start":
        said = {"start": since(began)}
    elif job == "frame":
        said = frame(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 9)
    elif job == "pan":
        said = pan(*sys.argv[2:])
    else:
        said = edit(sys.argv[2])
    print(json.dumps(said), flush=True)
    # QGIS may crash while it takes itself apart under Python; what was asked is said.
    os._exit(0)


main()

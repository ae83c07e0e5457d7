"""What QGIS makes of a project file, as JSON. Run by a Python that has QGIS (Debian: python3-qgis).

    QT_QPA_PLATFORM=offscreen /usr/bin/python3 tests/peers/in_qgis.py PROJECT.gpkg PICTURE.png

Every layer that QGIS offers to add from the file is added and counted, and the regions are drawn by their class.
"""

import json
import os
import sys

from qgis.core import (
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsFeatureRequest,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsRendererCategory,
    QgsSymbol,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor


def described(layer):
    fields = [field.name() for field in layer.fields()]
    features = list(layer.getFeatures(QgsFeatureRequest()))
    values = {name: sorted({str(f[name]) for f in features}) for name in ("class", "stage", "author") if name in fields}
    return {
        "valid": layer.isValid(),
        "error": layer.error().message(),
        "features": len(features),
        "counted": layer.featureCount(),
        "geometry": layer.isSpatial(),
        "sound": all(f.geometry().isGeosValid() for f in features) if layer.isSpatial() else True,
        "crs": layer.crs().authid(),
        "extent": [getattr(layer.extent(), side)() for side in ("xMinimum", "yMinimum", "xMaximum", "yMaximum")],
        "fields": fields,
        "values": values,
    }


def draw(layer, path):
    """Fills each class with its own colour; the number of colours in the picture."""
    classes = sorted({f["class"] for f in layer.getFeatures() if f["class"]})
    categories = []
    for i, name in enumerate(classes):
        symbol = QgsSymbol.defaultSymbol(layer.geometryType())
        symbol.setColor(QColor.fromHsv(i * 359 // max(len(classes), 1), 255, 255))
        categories.append(QgsRendererCategory(name, symbol, name))
    layer.setRenderer(QgsCategorizedSymbolRenderer("class", categories))
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setOutputSize(QSize(800, 600))
    settings.setExtent(layer.extent())
    settings.setDestinationCrs(layer.crs())
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    picture = job.renderedImage()
    picture.save(path)
    wanted = {QColor.fromHsv(i * 359 // max(len(classes), 1), 255, 255).name() for i in range(len(classes))}
    seen = {picture.pixelColor(x, y).name() for x in range(0, 800) for y in range(0, 600)}
    return {"classes": len(classes), "drawn": len(wanted & seen)}


def main():
    path, picture = sys.argv[1:3]
    application = QgsApplication([], False)
    application.initQgis()
    whole = QgsVectorLayer(path, "whole", "ogr")
    names = [name.split("!!::!!")[1] for name in whole.dataProvider().subLayers()]
    layers = {name: QgsVectorLayer(f"{path}|layername={name}", name, "ogr") for name in names}
    said = {"layers": {name: described(layer) for name, layer in layers.items()}}
    if layers["region"].featureCount():
        said["picture"] = draw(layers["region"], picture)
    print(json.dumps(said), flush=True)
    # QGIS may crash while it takes itself apart under Python; what was asked is said.
    os._exit(0)


main()

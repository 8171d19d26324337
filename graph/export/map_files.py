"""The points of polities as of a day in files for geographic information systems: GeoPackage and GeoParquet.

Both have the content of the GeoJSON (:func:`comity.export.as_of.make_geojson`), one row per polity.
"""

import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.errors import require

if TYPE_CHECKING:
    import pyarrow as pa

#: The formats of map files, with the library that writes each and the extra that installs it.
FORMS = {"geopackage": ("pyogrio", "maps"), "geoparquet": ("pyarrow", "maps")}
_LAYER = "polities"
#: The columns whose values are whole numbers, truth values or lists; all others are texts.
_WHOLE = ("cow", "gw", "recogniser_count", "recognised_count")


def write(collection: dict[str, Any], form: str, path: Path) -> None:
    """Write a FeatureCollection of points to a file; equal content yields equal bytes.

    :param collection: the result of :func:`comity.export.as_of.make_geojson`; its members other than the features
        become metadata of the file.
    :param form: ``geopackage`` or ``geoparquet``.
    :raises MissingLibraryError: if the library of the format is not installed.
    """
    require(*FORMS[form])
    about = {name: value for name, value in collection.items() if name not in ("type", "features")}
    table = _table(collection["features"])
    if form == "geoparquet":
        _write_geoparquet(table, path, about)
    else:
        _write_geopackage(table, path, about)


def _table(features: list[dict[str, Any]]) -> "pa.Table":
    """Return features as a table: the id, the properties, and the point as well-known binary."""
    import pyarrow as pa

    names = list(features[0]["properties"]) if features else []
    columns: dict[str, pa.Array] = {"id": pa.array([feature["id"] for feature in features], pa.string())}
    for name in names:
        values = [feature["properties"][name] for feature in features]
        kind = pa.int32() if name in _WHOLE else pa.bool_() if name == "un_member" else pa.string()
        if name == "held_to_be":
            values = ["; ".join(value) or None for value in values]
        columns[name] = pa.array(values, kind)
    points = [struct.pack("<BIdd", 1, 1, *feature["geometry"]["coordinates"]) for feature in features]
    columns["geometry"] = pa.array(points, pa.binary())
    return pa.table(columns)


def _write_geoparquet(table: "pa.Table", path: Path, about: dict[str, Any]) -> None:
    """Write GeoParquet 1.1; without a named coordinate reference system, it is longitude and latitude (CRS84)."""
    import pyarrow.parquet as pq

    geometry = {"encoding": "WKB", "geometry_types": ["Point"]}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}}
    metadata = {"geo": json.dumps(geo), "about": json.dumps(about, ensure_ascii=False)}
    pq.write_table(table.replace_schema_metadata(metadata), path, compression="zstd")


def _write_geopackage(table: "pa.Table", path: Path, about: dict[str, Any]) -> None:
    import pyogrio

    # A GeoPackage records its time of creation: use the day it shows, so that equal content yields equal bytes.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{about['as_of']}T00:00:00.000Z"})
    path.unlink(missing_ok=True)
    pyogrio.write_arrow(
        table,
        path,
        layer=_LAYER,
        driver="GPKG",
        geometry_name="geometry",
        geometry_type="Point",
        crs="EPSG:4326",
        dataset_metadata={name: str(value) for name, value in about.items() if value is not None},
    )

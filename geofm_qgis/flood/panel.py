"""The Flood tab: images from after and before, an area, Run, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Optional

from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from qgis.PyQt.QtWidgets import QWidget

from ..engine.errors import GeoFMError
from ..engine.jobs.requests import FloodRequest, Request
from ..jobs.client import JobClient
from ..project.imagery import facts_of
from ..project.naming import free_path
from ..settings import Settings
from ..translation import tr
from ..widgets.aoi import AoiChooser
from ..widgets.layer_or_file import LayerOrFile
from ..widgets.parts import Section, folded, narrow_form
from ..widgets.run_bar import RunBar
from ..widgets.saving import SaveAs
from ..widgets.work import WorkPanel
from .images import FloodImages
from .methods import MethodChooser
from .options import FloodOptions
from .results import FloodResults

__all__ = ["FloodPanel"]


class FloodPanel(WorkPanel):
    """Widgets in, a `FloodRequest` out; follows the job that it has sent off."""

    kinds = (FloodRequest.kind,)
    help = "flood"

    def __init__(self, client: JobClient, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__(client, RunBar(tr("Map the flood")), parent)
        self.aoi = AoiChooser(canvas)
        self.dem = LayerOrFile()
        self.permanent_water = LayerOrFile(polygons=True)
        self.options = FloodOptions()
        self.images = FloodImages(client, self.options.values)
        self.post, self.pre = self.images.post, self.images.pre
        self.method = MethodChooser()
        self.method.models_requested.connect(lambda: self.models_requested.emit(""))
        self.images.seen.connect(self.method.set_images)
        self.post.changed.connect(self._tell_size)
        self.save_as = SaveAs(
            tr("Name of the event"), tr("Flood"), tr("Names the layer group and the folder of the results.")
        )
        self.results = FloodResults(client, canvas)
        self.results.threshold.map_again_requested.connect(self.map_again)
        self.setAcceptDrops(True)
        self._follow_layers()
        self.lay_out(
            self.images,
            Section(tr("Method"), self.method),
            Section(tr("Area"), self.aoi),
            self._ground(),
            folded(tr("Options"), self.options),
            self.save_as,
            outcome=self.results,
        )

    def _ground(self) -> QWidget:
        page = QWidget()
        form = narrow_form(page)
        self.dem.setToolTip(tr("Heights in metres: steep slopes, dark in radar shadow, are then never water."))
        self.permanent_water.setToolTip(tr("Polygons, or a raster that holds 1 where there is always water."))
        form.addRow(tr("Elevation (DEM)"), self.dem)
        form.addRow(tr("Permanent water"), self.permanent_water)
        return folded(tr("Terrain and known water"), page)

    def _follow_layers(self) -> None:
        """Options that are about a layer are grey without it."""
        layers = {"dem": self.dem, "permanent_water": self.permanent_water, "hand": self.options.widgets["hand"]}

        def show() -> None:
            for field, widget in layers.items():
                self.options.enable_with(field, not widget.is_empty())

        for widget in layers.values():
            widget.changed.connect(show)
        show()

    def _tell_size(self) -> None:
        """How large the image is that is mapped."""
        try:
            sources = self.post.sources()
        except GeoFMError:  # told when the job is to be sent off
            sources = ()
        self.aoi.set_image(facts_of(sources) if sources else None)

    def take_up(self, request: Request) -> None:
        """Have the widgets say what a job was asked to do."""
        if isinstance(request, FloodRequest):
            self.pre.set_dates(request.pre)
            self.post.set_sources(request.post)
            self.aoi.set_geojson(request.aoi)
            self.dem.set_source(request.dem)
            self.permanent_water.set_source(request.permanent_water)
            self.options.widgets["hand"].set_source(request.hand)
            self.options.set_request(request)
            self.method.set_values(request.model, request.compare_with)
            self.save_as.name.setText(request.event or "")

    def request(self) -> FloodRequest:
        """What the widgets say.

        Raises
        ------
        GeoFMError
            If something is missing or cannot be used; the message tells what.
        """
        post, *pre = self.images.dates()
        method = self.method.values()
        compared = ["agreement"] if method["compare_with"] else []
        folder = self.save_as.new_folder()
        copies = str(folder)
        return FloodRequest(
            post=post,
            pre=tuple(pre),
            aoi=self.aoi.geojson(),
            dem=self.dem.source(copies),
            permanent_water=self.permanent_water.source(copies),
            event=self.save_as.given_name(),
            device=Settings().device,
            **method,
            **self.options.values_with_layers(copies),
            **FloodRequest.files_in(copies, [*self.options.wanted(), *compared]),
        )

    def map_again(self, request: FloodRequest) -> None:
        """Send a map off once more, as it is asked for, into a folder of its own beside that of the earlier one."""
        outputs = request.outputs()
        folder = free_path(Path(next(iter(outputs.values()))).parent)
        old = dict.fromkeys(request.destinations())
        self._send(lambda: replace(request, **{**old, **FloodRequest.files_in(str(folder), [*outputs])}))

    def map_with(self, folder: str, dates: Sequence[Sequence[str]] = ()) -> None:
        """Choose a network, and images, the newest first, where none are chosen yet."""
        if dates and self.post.is_empty():
            self.post.set_sources(dates[0])
            self.pre.set_dates(dates[1:])
        self.method.choose(folder)

    def look_at_models(self) -> None:
        """Offer those that are there now."""
        self.method.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Find the models that were made meanwhile."""
        super().showEvent(event)
        self.method.refresh()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take images wherever they are dropped."""
        self.images.dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Choose what is dropped."""
        self.images.dropEvent(event)

    def close_tools(self) -> None:
        """Take everything off the map canvas."""
        self.aoi.close_tools()
        self.images.close_tools()
        self.results.threshold.close_tools()

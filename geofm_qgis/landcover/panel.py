"""The Land cover tab: an image, a model that fits it, an area, Run, and the area of each class."""

from __future__ import annotations

from typing import Optional

from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtGui import QShowEvent
from qgis.PyQt.QtWidgets import QWidget

from ..engine.errors import GeoFMError, RequestError
from ..engine.jobs.requests import LandcoverRequest, Request
from ..environment.levels import LEARN
from ..jobs.client import JobClient
from ..project.imagery import facts_of, fitting_names
from ..settings import Settings
from ..translation import tr
from ..widgets.aoi import AoiChooser
from ..widgets.inputs import DateRow
from ..widgets.parts import Section, folded
from ..widgets.run_bar import RunBar
from ..widgets.saving import SaveAs
from ..widgets.work import WorkPanel
from .model_chooser import ModelChooser
from .options import LandcoverOptions
from .results import LandcoverResults

__all__ = ["LandcoverPanel"]


class LandcoverPanel(WorkPanel):
    """Widgets in, a `LandcoverRequest` out; follows the job that it has sent off."""

    kinds = (LandcoverRequest.kind,)
    needs = LEARN
    help = "landcover"

    def __init__(self, client: JobClient, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__(client, RunBar(tr("Map land cover")), parent)
        self.image = DateRow()
        self.model = ModelChooser()
        self.aoi = AoiChooser(canvas)
        self.options = LandcoverOptions()
        self.save_as = SaveAs(
            tr("Name of the map"), tr("Land cover"), tr("Names the layer group and the folder of the results.")
        )
        self.lay_out(
            Section(tr("Image"), self.image, tr("One image; bands apart and tiles side by side go together.")),
            Section(tr("Model"), self.model),
            Section(tr("Area"), self.aoi),
            folded(tr("Options"), self.options),
            self.save_as,
            outcome=LandcoverResults(),
        )
        self.image.changed.connect(self._on_image)
        self.model.models_requested.connect(lambda: self.models_requested.emit(""))
        self.options.widgets["bands"].editingFinished.connect(self._on_image)

    def showEvent(self, event: QShowEvent) -> None:
        """Find the models that were made meanwhile."""
        super().showEvent(event)
        self.model.refresh()

    def request(self) -> LandcoverRequest:
        """What the widgets say.

        Raises
        ------
        GeoFMError
            If something is missing or cannot be used; the message tells what.
        """
        image = self.image.sources()
        if not image:
            raise RequestError(tr("Choose the image to map first."))
        folder = self.save_as.new_folder()
        return LandcoverRequest(
            image=image,
            model=self.model.require(),
            aoi=self.aoi.geojson(),
            device=Settings().device,
            name=self.save_as.given_name(),
            **self.options.values(),
            **LandcoverRequest.files_in(str(folder), self.options.wanted()),
        )

    def take_up(self, request: Request) -> None:
        """Have the widgets say what a job was asked to do."""
        if isinstance(request, LandcoverRequest):
            self.image.set_sources(request.image)
            self.aoi.set_geojson(request.aoi)
            self.options.set_request(request)
            self.save_as.name.setText(request.name or "")
            self.model.choose(request.model)

    def map_with(self, folder: str, images: tuple[tuple[str, ...], ...] = ()) -> None:
        """Choose a model, and the first of some images where none is chosen yet."""
        if images and self.image.is_empty():
            self.image.set_sources(images[0])
        self.model.choose(folder)

    def look_at_models(self) -> None:
        """Offer those that are there now."""
        self.model.refresh()

    def close_tools(self) -> None:
        """Take everything off the map canvas."""
        self.aoi.close_tools()

    def _on_image(self) -> None:
        try:
            sources = self.image.sources()
        except GeoFMError:  # told when the job is to be sent off
            sources = ()
        facts = facts_of(sources) if sources else None
        self.aoi.set_image(facts)
        self.model.set_bands(fitting_names(facts, self.options.widgets["bands"].names()))

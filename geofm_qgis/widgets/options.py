"""Widgets for what a request declares: its options with their words, limits and defaults, and outputs to choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Optional, Union, get_origin

from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox, QWidget

from ..engine.jobs.requests import Option, Request
from ..translation import tr
from .lists import fit_into_panel
from .parts import BandNames, flat_button, narrow_form

__all__ = ["OptionsForm"]

SUFFIXES = {"ha": " ha", "m": " m", "deg": "°", "db": " dB"}
STEPS = {"ha": 0.1, "db": 0.5}  # of others 1
DECIMALS = {"ha": 2}  # of others 1
MOST = 10_000  # where nothing else is the most
Spin = Union[QSpinBox, QDoubleSpinBox]


class OptionsForm(QWidget):
    """One row for each option of the method and for each output that is written only where it is wanted.

    Attributes
    ----------
    request : type of Request
        Whose options they are.
    order : tuple of str
        Fields, and names of rows of the subclass's own, in the order in which a person arranged them. What a request
        declares beyond that follows by itself.
    elsewhere : tuple of str
        Fields and outputs that the panel asks for elsewhere.
    of_one_run : tuple of str
        Fields that are about certain images: the next QGIS does not remember them.
    widgets : dict of str to QWidget
        By field.
    """

    request: ClassVar[type[Request]]
    order: ClassVar[tuple[str, ...]] = ()
    elsewhere: ClassVar[tuple[str, ...]] = ()
    of_one_run: ClassVar[tuple[str, ...]] = ()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.widgets: dict[str, QWidget] = {}
        self._own = self.own_rows()
        form = narrow_form(self)
        for name in self._names():
            title, widget = self._own[name] if name in self._own else self._row(name)
            self.widgets[name] = widget
            form.addRow(widget) if title is None else form.addRow(title, widget)
            label = form.labelForField(widget)
            if label is not None:
                label.setToolTip(widget.toolTip())
        self.defaults_button = flat_button(tr("Back to the defaults"), "mActionUndo.svg")
        self.defaults_button.setToolTip(
            tr("These are the options of the last run; all of them go back to their defaults")
        )
        self.defaults_button.clicked.connect(self.set_defaults)
        form.addRow(self.defaults_button)
        self._usual = self.state()
        for name in self._plain():
            _change_of(self.widgets[name]).connect(lambda *_: self._show_changed())
        self._show_changed()

    def own_rows(self) -> dict[str, tuple[Optional[str], QWidget]]:
        """Rows that a subclass makes itself, with their titles: of a field, or of an input that belongs beside one."""
        return {}

    def values(self) -> dict[str, Any]:
        """Fields of the request that are options, but for those with rows of the subclass's own."""
        names = [name for name in self.request.options() if name in self.widgets and name not in self._own]
        return {name: _value(self.widgets[name], self.request, name) for name in names}

    def wanted(self) -> list[str]:
        """Outputs that were chosen, by field."""
        return [name for name in self._offers() if self.widgets[name].isChecked()]

    # What was chosen before -------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """The options and the outputs that are wanted, as values that JSON can hold."""
        return {name: _value(self.widgets[name], self.request, name) for name in self._plain()}

    def remembered(self) -> dict[str, Any]:
        """The state that the next QGIS begins with."""
        return {name: value for name, value in self.state().items() if name not in self.of_one_run}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Choose what `state` gave; what is not among it, or cannot be chosen any more, stays as it is."""
        for name in self._plain():
            if name in state:
                _set_value(self.widgets[name], state[name])

    def set_request(self, request: Request) -> None:
        """Choose what a request asks for."""
        offers = {name: getattr(request, name, None) is not None for name in self._offers()}
        options = {name: getattr(request, name) for name in self._plain() if name not in offers}
        self.set_state({**options, **offers})

    def set_defaults(self) -> None:
        """Choose what the request says where the user says nothing."""
        self.set_state(self._usual)

    def _plain(self) -> list[str]:
        """Fields whose rows are not a subclass's own."""
        return [name for name in self._names() if name not in self._own]

    def _show_changed(self) -> None:
        self.defaults_button.setVisible(self.state() != self._usual)

    # Options that are about an input ----------------------------------------------------------------------------------

    def enable_with(self, field: str, given: bool) -> None:
        """Whether an input is given, without which some options have no effect: they are grey then."""
        for name, option in self.request.options().items():
            if option.needs == field and name in self.widgets:
                self.widgets[name].setEnabled(given)

    def _names(self) -> Sequence[str]:
        method = [name for name, option in self.request.options().items() if option.role == "method"]
        declared = [name for name in (*method, *self._offers()) if name not in self.elsewhere]
        return [*self.order, *(name for name in (*self._own, *declared) if name not in self.order)]

    def _offers(self) -> list[str]:
        offered = [name for name, item in self.request.destinations().items() if not item.wanted]
        return [name for name in offered if name not in self.elsewhere]

    def _row(self, name: str) -> tuple[Optional[str], QWidget]:
        options = self.request.options()
        if name in options:
            widget = _widget(self.request, name, options[name])
            widget.setToolTip(tr(options[name].help))
            return (None if isinstance(widget, QCheckBox) else tr(options[name].title)), widget
        item = self.request.destinations()[name]
        box = QCheckBox(tr(item.offer or item.title))
        box.setToolTip(tr(item.help))
        return None, box


def _change_of(widget: QWidget) -> Any:
    """The signal by which a widget tells of another value."""
    if isinstance(widget, QCheckBox):
        return widget.toggled
    if isinstance(widget, QComboBox):
        return widget.currentIndexChanged
    return widget.valueChanged if isinstance(widget, (QSpinBox, QDoubleSpinBox)) else widget.textChanged


def _set_value(widget: QWidget, value: Any) -> None:
    """Have a widget say a value; one that it cannot say is passed over."""
    if isinstance(widget, QCheckBox):
        widget.setChecked(bool(value))
    elif isinstance(widget, QComboBox):
        place = widget.findData(value)
        widget.setCurrentIndex(place if place >= 0 else widget.currentIndex())
    elif isinstance(widget, (QSpinBox, QDoubleSpinBox)):
        if value is None or isinstance(value, (int, float)):
            kind = int if isinstance(widget, QSpinBox) else float
            widget.setValue(widget.minimum() if value is None else kind(value))
    elif value is None or isinstance(value, str):
        widget.setText(value or "")
    else:
        widget.setText(", ".join(map(str, value)))


def _widget(request: type[Request], name: str, option: Option) -> QWidget:
    default, kind = request.default(name), request.field_type(name)
    if kind is bool:
        box = QCheckBox(tr(option.title))
        box.setChecked(default)
        return box
    if get_origin(kind) is tuple:
        return BandNames()
    if option.choices is not None:
        return _choice(option, default)
    return QLineEdit() if kind is str else _spin_box(option, default)


def _choice(option: Option, default: Any) -> QComboBox:
    box = QComboBox()
    fit_into_panel(box)
    if default is None:
        box.addItem(tr(option.unset), None)
    for value, words in option.choices.items():
        box.addItem(tr("{title} (default)").format(title=tr(words)) if value == default else tr(words), value)
    box.setCurrentIndex(box.findData(default))
    return box


def _spin_box(option: Option, default: Optional[float]) -> Spin:
    """For a number; its lowest value stands for none where there is one that means that."""
    box: Spin = QSpinBox() if option.whole else QDoubleSpinBox()
    step = 1 if option.whole else STEPS.get(option.unit, 1.0)
    if not option.whole:
        box.setDecimals(DECIMALS.get(option.unit, 1))
    smallest = 1 if option.whole else 10 ** -box.decimals()
    lowest = (option.low or 0) + (smallest if option.above else 0)
    box.setRange(lowest - (smallest if default is None else 0), MOST if option.high is None else option.high)
    box.setSingleStep(step)
    box.setSuffix(SUFFIXES.get(option.unit, ""))
    box.setSpecialValueText(tr(option.unset) if option.unset else "")
    box.setValue(box.minimum() if default is None else default)
    return box


def _value(widget: QWidget, request: type[Request], name: str) -> Any:
    if isinstance(widget, QCheckBox):
        return widget.isChecked()
    if isinstance(widget, QComboBox):
        return widget.currentData()
    if isinstance(widget, (QSpinBox, QDoubleSpinBox)):
        none = request.default(name) is None and widget.value() == widget.minimum()
        return None if none else widget.value()
    return widget.names() if isinstance(widget, BandNames) else widget.text().strip() or None

"""The wheel scrolls panels and dialogs; it changes no box that the user has not chosen first."""

from __future__ import annotations

from qgis.PyQt.QtCore import QEvent, QObject, Qt
from qgis.PyQt.QtWidgets import QAbstractSlider, QAbstractSpinBox, QComboBox, QScrollBar, QWidget

__all__ = ["guard_wheel"]

BOXES = (QComboBox, QAbstractSpinBox, QAbstractSlider)


class _WheelGuard(QObject):
    """Looks at each child that comes, too; a box that has the focus takes the wheel, a list never does."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ChildPolished:
            self.watch(event.child())
        elif event.type() == QEvent.Type.Wheel and _passes(watched):
            event.ignore()  # for what scrolls it
            return True
        return super().eventFilter(watched, event)

    def watch(self, widget: QObject) -> None:
        """Guard a widget and all that it holds."""
        if not isinstance(widget, QWidget) or isinstance(widget, QScrollBar):
            return
        widget.installEventFilter(self)
        if isinstance(widget, BOXES) and widget.focusPolicy() == Qt.FocusPolicy.WheelFocus:
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for child in widget.children():
            self.watch(child)


def _passes(widget: QObject) -> bool:
    """Whether the wheel is not for a widget."""
    return isinstance(widget, QComboBox) or (isinstance(widget, BOXES) and not widget.hasFocus())


def guard_wheel(widget: QWidget) -> None:
    """Let the wheel pass over every list, number and slider in a panel or a dialog, also those that come later."""
    guard = _WheelGuard(widget)
    guard.watch(widget)

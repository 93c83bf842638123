"""What happens inside a network as it trains, epoch by epoch, under its curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from components.numbers import grouped
from components.probe_charts import HEIGHT, Probe, dead_bars, gradient_lines, hills, layer_of, update_lines
from components.probe_numbers import draw_probe_numbers
from components.probe_pictures import draw_pictures, pictures
from components.task_pictures import caption, draw_examples, kept, makes_images
from components.text import plain
from lib.i18n import N_, _
from lib.runs.history import History
from lib.runs.store import Run

PACE: Final = 1.0
_NARROWEST: Final = 340
_CONFIG: Final = {"displayModeBar": False}
_PICTURES: Final = N_("The same held-out images every time: what the network takes each for, and how sure it is.")
_WEIGHTS: Final = N_("Where the layer's weights lie: one hill an epoch, the newest in front. They should move and "
                     "widen a little; hills that run far apart tell of a learning rate that is too large.")
_ANSWERS: Final = N_("What the layer answers to the images. A hill that shrinks to one value answers the same to every "
                     "image, and nothing can be told apart any more.")
_GRADIENTS: Final = N_("How strongly the loss pulls at each layer. Ever less from the last layer to the first: the "
                       "gradient vanishes on its way. Ever more from epoch to epoch: it explodes.")
_UPDATES: Final = N_("How far the last batch of the epoch moved the weights, for their size. Usual is about 0.001: far "
                     "below, a layer hardly learns; far above, it jumps about.")
_DEAD: Final = N_("Units whose ReLU is 0 for every one of the {images} images: they answer nothing and learn nothing. "
                  "A few only wait for an image of theirs; many ask for a smaller learning rate, or for LeakyReLU.")
_NO_RELU: Final = N_("No layer of this network ends in ReLU, so none can die.")


def section(key: str) -> Any:
    """The section that opens, which says whether it is open."""
    return st.expander(_("Inside the network, epoch by epoch"), icon=":material/visibility:", key=f"{key}.inside",
                       on_change="rerun")


def draw_inside(run: Run, history: History, epochs: int, key: str) -> None:
    """All that was seen of `run` so far; images that the network makes stand by themselves, by `draw_looks`.

    Args:
        run: the run.
        history: what is known of it.
        epochs: where the horizontal axes end.
        key: of the widgets.
    """
    probes = history.probes
    if not probes:
        st.caption(_("The first look comes with the first batch."))
        return
    now = probes[-1] if makes_images(probes[-1]) else draw_looks(run, probes, key)
    layer = _layer(probes[-1], key)
    grid = st.grid(2, min_column_width=_NARROWEST)
    with grid.cell():
        _hills(probes, layer, "weights", _("Weights"), _WEIGHTS, key)
    with grid.cell():
        _hills(probes, layer, "answers", _("Activation values"), _ANSWERS, key)
    with grid.cell():
        _heading(_("Gradient norm"), _("this layer strong, the others grey"))
        st.caption(_(_GRADIENTS))
        _chart(gradient_lines(probes, layer, epochs), f"{key}.gradients", _("Gradient norm of the layers by epoch"))
    with grid.cell():
        _heading(_("Change of the weights by a batch"), _("this layer strong, the others grey"))
        st.caption(_(_UPDATES))
        _chart(update_lines(probes, layer, epochs), f"{key}.updates",
               _("Change of the weights by a batch, for their size, of the layers by epoch"))
    _dead(now, key)
    # The file has the one or the other.
    shown = pictures(run.folder) if now["predicted"] else None
    examples = kept(run.folder) if now.get("outputs") else None
    draw_probe_numbers(probes, shown.names if shown else (), layer, key, examples.names if examples else {})


def draw_looks(run: Run, probes: Sequence[Probe], key: str) -> Probe:
    """What the network says or makes of a few examples, at a look that can be chosen; returns that look."""
    head = st.container()
    now = _moment(probes, key)
    if now["predicted"]:
        shown = pictures(run.folder)
        if shown:
            _title(head, _("What it says of {count} images"), len(shown.images), now, _(_PICTURES))
            draw_pictures(shown, now["predicted"])
    elif now.get("outputs") and (examples := kept(run.folder)):
        title = _("What it makes of {count} images") if makes_images(now) else _("What it says of {count} examples")
        _title(head, title, len(examples.inputs), now, caption(examples, now))
        draw_examples(run.folder, examples, now)
    return now


def _title(head: Any, title: str, count: int, now: Probe, words: str) -> None:
    with head:
        _heading(title.format(count=count), _epoch(now))
        st.caption(words)


def _dead(now: Probe, key: str) -> None:
    _heading(_("Dead ReLUs"), _epoch(now))
    if not any(layer["dead"] for layer in now["layers"]):
        st.caption(_(_NO_RELU))
        return
    st.caption(_(_DEAD).format(images=grouped(now["images"])))
    _chart(dead_bars(now), f"{key}.dead", _("Share of dead units of each layer"))


def _moment(probes: Sequence[Probe], key: str) -> Probe:
    """The look that is chosen by its epoch: the newest, unless an earlier one was wished for."""
    epochs = [probe["epoch"] for probe in probes]
    if len(epochs) < 2:
        return probes[-1]
    name, followed = f"{key}.moment", f"{key}.followed"
    # Whoever stands at the end goes along with it; whoever went back stays there.
    chosen = st.session_state.get(name, epochs[-1])
    if chosen == st.session_state.get(followed, chosen) or chosen not in epochs:
        st.session_state[name] = epochs[-1]
    st.session_state[followed] = epochs[-1]
    chosen = st.select_slider(_("After epoch"), epochs, key=name, help=_(
        "For the images and the dead ReLUs. 0: before the first batch. At its end it goes along with the training"))
    return probes[epochs.index(chosen)]


def _layer(newest: Probe, key: str) -> str:
    """The layer that is chosen; the first one at the beginning."""
    names = [layer["name"] for layer in newest["layers"]]
    chosen: str = st.selectbox(_("Layer"), names, key=f"{key}.layer", help=_left_out(newest))
    return chosen


def _left_out(probe: Probe) -> str | None:
    if not probe["left_out"]:
        return None
    return _("{shown} layers of {all}, evenly chosen: the others are not looked into").format(
        shown=len(probe["layers"]), all=len(probe["layers"]) + probe["left_out"])


def _hills(probes: Sequence[Probe], layer: str, what: str, title: str, words: str, key: str) -> None:
    _heading(title, plain(layer))
    st.caption(_(words))
    if not any(layer_of(probe, layer).get(what) for probe in probes):
        st.markdown(f":gray[{_('This layer has no weights.')}]")
        return
    st.plotly_chart(hills(probes, layer, what), key=f"{key}.{what}", config=_CONFIG,
                    alt=_("{what} of the layer {layer} by epoch, as hills").format(what=title, layer=layer))


def _chart(spec: dict[str, Any], key: str, alt: str) -> None:
    st.echarts_chart(spec, height=HEIGHT, key=key, alt=alt)


def _heading(what: str, how: str) -> None:
    st.markdown(f"**{what}** :gray[:small[{how}]]")


def _epoch(probe: Probe) -> str:
    if not probe["epoch"]:
        return _("before the first batch")
    return _("after epoch {epoch}").format(epoch=probe["epoch"])

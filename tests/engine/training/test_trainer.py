"""The trainer: it learns, goes on exactly where it was, and copes with what goes wrong."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
from disks import fill
from practice_training import (
    SETTINGS,
    Watched,
    assert_same_weights,
    cancel_at,
    chips,
    figures,
    small,
    trainer,
    validate,
)
from torch import nn
from torch.nn import functional

from engine.errors import Cancelled, InputError
from engine.training.objectives.segmentation import Segmentation, combine
from engine.training.trainer import Trainer


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return trainer(Watched(tmp_path_factory.mktemp("unbroken"))).run()


def test_it_learns(unbroken):
    # Two bands with noise of 0.8 about -1 and 1: the best rule for single pixels gets 0.80 of them right, a guess 0.25.
    assert unbroken.best_score > 0.7
    losses = [epoch["loss"] for epoch in unbroken.history]
    assert losses[-1] < losses[0]
    assert not unbroken.stopped_early


def test_the_same_again(unbroken, tmp_path):
    torch.manual_seed(99)  # what the caller draws does not matter
    before = torch.random.get_rng_state()
    again = trainer(Watched(tmp_path)).run()
    assert_same_weights(again.state_dict, unbroken.state_dict)
    assert figures(again.history) == figures(unbroken.history)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_another_seed_is_another_training(unbroken, tmp_path):
    other = trainer(Watched(tmp_path), settings=replace(SETTINGS, seed=12)).run()
    assert not torch.equal(other.state_dict["decoder.weight"], unbroken.state_dict["decoder.weight"])


def test_what_it_reports(tmp_path):
    report = Watched(tmp_path)
    outcome = trainer(report).run()
    assert report.curve("loss") == {epoch["epoch"]: epoch["loss"] for epoch in outcome.history}
    assert report.curve("validation F1") == {epoch["epoch"]: epoch["score"] for epoch in outcome.history}
    assert max(report.curve("best epoch").items(), key=lambda point: point[1]) == (
        outcome.best_epoch,
        outcome.best_score,
    )
    progress = [event for event in report.events if event["event"] == "progress"]
    assert {(event["total"], event["unit"]) for event in progress} == {(SETTINGS.epochs, "epochs")}
    assert progress[-1]["done"] == SETTINGS.epochs
    assert report.messages == []


@pytest.mark.parametrize("check", [1, 2, 3, 14, 31, 50, 71])
def test_cancelled_anywhere_and_resumed(unbroken, tmp_path, check):
    """Between steps and between the parts of a step, in several epochs."""
    with pytest.raises(Cancelled):
        trainer(Watched(tmp_path, cancel_at(check))).run()
    report = Watched(tmp_path)
    resumed = trainer(report).run()
    assert_same_weights(resumed.state_dict, unbroken.state_dict)
    assert figures(resumed.history) == figures(unbroken.history)
    assert (resumed.best_epoch, resumed.best_score) == (unbroken.best_epoch, unbroken.best_score)
    assert report.messages == []


def test_cancelled_again_and_again(unbroken, tmp_path):
    for _ in range(100):
        try:
            outcome = trainer(Watched(tmp_path, cancel_at(13))).run()
        except Cancelled:
            continue
        break
    assert_same_weights(outcome.state_dict, unbroken.state_dict)


def test_cancelled_while_it_validates(unbroken, tmp_path):
    def interrupted(network):
        raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        trainer(Watched(tmp_path), validate=interrupted).run()
    report = Watched(tmp_path)
    resumed = trainer(report).run()
    assert_same_weights(resumed.state_dict, unbroken.state_dict)
    assert figures(resumed.history) == figures(unbroken.history)


def test_a_finished_training_is_not_done_again(unbroken, tmp_path):
    first = trainer(Watched(tmp_path)).run()
    report = Watched(tmp_path)
    again = trainer(report, validate=None).run()
    assert_same_weights(again.state_dict, first.state_dict)
    assert report.checks == 0


def test_other_settings_start_anew(tmp_path):
    trainer(Watched(tmp_path)).run()
    other = replace(SETTINGS, epochs=1)
    report = Watched(tmp_path)
    outcome = trainer(report, settings=other).run()
    (message,) = report.messages
    assert "starts anew" in message
    fresh = trainer(Watched(tmp_path / "empty"), settings=other).run()
    assert_same_weights(outcome.state_dict, fresh.state_dict)


def test_another_thread_count_is_said(tmp_path):
    with pytest.raises(Cancelled):
        trainer(Watched(tmp_path, cancel_at(40))).run()
    report = Watched(tmp_path)
    torch.set_num_threads(2)
    try:
        trainer(report).run()
    finally:
        torch.set_num_threads(1)
    (message,) = report.messages
    assert "threads 1, now 2" in message


def test_stopped_by_the_user_it_keeps_the_best(unbroken, tmp_path):
    report = Watched(tmp_path)

    def stop(network):
        report.stop = True
        return validate(network)

    outcome = trainer(report, validate=stop).run()
    assert outcome.stopped_early
    assert (outcome.best_epoch, len(outcome.history)) == (1, 1)
    assert outcome.best_score == unbroken.history[0]["score"]


def test_stopped_before_the_first_epoch_ends(tmp_path):
    report = Watched(tmp_path)
    report.stop = True
    outcome = trainer(report).run()
    assert outcome.stopped_early
    assert (outcome.best_epoch, len(outcome.history)) == (1, 1)
    assert outcome.state_dict.keys() == small().state_dict().keys()


def test_without_progress_it_ends(tmp_path):
    scores = iter([0.5, 0.7, 0.6, 0.7, 0.9])
    seen = []

    def judge(network):
        seen.append(copy.deepcopy(network.state_dict()))
        return {"score": next(scores)}

    outcome = trainer(Watched(tmp_path), settings=replace(SETTINGS, epochs=9, patience=2), validate=judge).run()
    assert (outcome.best_epoch, len(outcome.history), outcome.stopped_early) == (2, 4, True)
    assert_same_weights(outcome.state_dict, seen[1])


class Recorded(nn.Module):
    """One weight per class and nothing else, so that every step can be worked out."""

    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(4))

    def forward(self, images):
        return self.bias[None, :, None, None].expand(len(images), 4, *images.shape[2:])


def test_the_steps_are_those_of_adamw_with_warm_up_cosine_and_means(tmp_path):
    """Against the same steps written out: torch's AdamW, its own schedulers, and the mean by its definition."""
    settings = replace(SETTINGS, epochs=2, warmup_share=0.25, clip=0.05, ema_decay=0.5)
    batches = chips(steps=4)
    averages = []

    def judge(network):
        averages.append(network.bias.detach().clone())
        return {"score": float(len(averages))}

    trainer(Watched(tmp_path), Recorded(), settings, batches=batches, augment=None, validate=judge).run()

    network = Recorded()
    optimizer = torch.optim.AdamW(network.parameters(), settings.learning_rate, weight_decay=0.0)
    warm = torch.optim.lr_scheduler.LinearLR(optimizer, 1 / 3, 1.0, total_iters=2)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 6)
    schedule = torch.optim.lr_scheduler.SequentialLR(optimizer, [warm, cosine], [2])
    mean, expected, loss = torch.zeros(4), [], combine({"ce": 1.0})
    for epoch in (1, 2):
        for step in range(4):
            images, labels = batches.batch(epoch, step)
            optimizer.zero_grad()
            _pooled(loss, network(images), labels.long()).backward()
            nn.utils.clip_grad_norm_(network.parameters(), settings.clip)
            optimizer.step()
            schedule.step()
            done = (epoch - 1) * 4 + step
            decay = min(0.5, (1 + done) / (10 + done))
            mean = decay * mean + (1 - decay) * network.bias.detach()
        expected.append(mean)
    torch.testing.assert_close(torch.stack(averages), torch.stack(expected))


def _pooled(loss, logits, labels):
    """Dice is taken of each part of three chips, weighted by its labelled pixels."""
    combined = combine({"ce": 1.0, "dice": 0.5})
    shares = [(part != 255).sum() / (labels != 255).sum() for part in labels.split(3)]
    return sum(
        combined(one, other) * share for one, other, share in zip(logits.split(3), labels.split(3), shares, strict=True)
    )


def test_the_encoder_learns_slowly_and_what_is_frozen_stays(tmp_path):
    start = small().state_dict()
    network = small()
    network.decoder.bias.requires_grad_(False)
    settings = replace(SETTINGS, encoder_rate_factor=0.0, epochs=1)
    outcome = trainer(Watched(tmp_path), network, settings).run()
    for name in ("encoder.0.weight", "decoder.bias"):
        assert torch.equal(outcome.state_dict[name], start[name])
    assert not torch.equal(outcome.state_dict["decoder.weight"], start["decoder.weight"])


@pytest.mark.parametrize("micro", [1, 2, 4])
def test_accumulation_keeps_the_effective_batch(tmp_path, micro):
    """Without running statistics and dropout the parts do not show: the losses are means over labelled pixels."""

    def learned(batch):
        report = Watched(tmp_path / str(batch))
        settings = replace(SETTINGS, batch=batch, epochs=2)
        network = small(normal=False, dropout=0.0).double()
        return trainer(report, network, settings, loss=combine({"ce": 1.0}), augment=Doubled()).run()

    whole, parts = learned(6), learned(micro)
    torch.testing.assert_close(parts.state_dict, whole.state_dict, rtol=1e-6, atol=1e-8)


class Doubled:
    """Double precision, in which the order of sums does not show."""

    def __call__(self, images, labels, seed):
        return images.double(), labels


class Full(nn.Module):
    """Runs out of memory as torch does beyond so many chips."""

    def __init__(self, network, most):
        super().__init__()
        self.network, self.most, self.refused = network, most, 0

    def forward(self, images):
        logits = self.network(images)
        if self.training and len(images) > self.most:
            self.refused += 1
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return logits

    def encoder_parameters(self):
        return self.network.encoder_parameters()


def test_without_memory_the_parts_get_smaller_and_the_batch_stays(tmp_path):
    network = Full(small(dropout=0.0), most=2)
    report = Watched(tmp_path)
    outcome = trainer(report, network, replace(SETTINGS, batch=6)).run()
    assert network.refused == 2  # 6, 3, 2
    assert ["3 chips" in report.messages[0], "2 chips" in report.messages[1]] == [True, True]
    # The running statistics show nothing of the two attempts.
    parts = trainer(Watched(tmp_path / "2"), small(dropout=0.0), replace(SETTINGS, batch=2)).run()
    assert_same_weights({name.removeprefix("network."): w for name, w in outcome.state_dict.items()}, parts.state_dict)


def test_one_chip_too_large_is_an_error(tmp_path):
    with pytest.raises(InputError, match="One chip alone does not fit"):
        trainer(Watched(tmp_path), Full(small(), most=0)).run()


def test_an_error_of_the_network_is_not_taken_for_lack_of_memory(tmp_path):
    with pytest.raises(RuntimeError, match="channels"):
        trainer(Watched(tmp_path), nn.Conv2d(7, 4, 1)).run()


def _sick_at(*calls):
    """A loss that is no number at these calls."""
    plain, count = combine({"ce": 1.0}), iter(range(1, 10_000))

    def loss(logits, target):
        value = plain(logits, target)
        return value * torch.nan if next(count) in calls else value

    return loss


def test_after_a_loss_that_is_no_number_it_goes_back(tmp_path):
    report = Watched(tmp_path)
    # Two parts a step, six steps an epoch: in the second epoch.
    outcome = trainer(report, loss=_sick_at(17)).run()
    (message,) = report.messages
    assert "epoch 2" in message
    assert len(outcome.history) == SETTINGS.epochs
    assert all(torch.isfinite(weight).all() for weight in outcome.state_dict.values())
    # The first epoch is that of a training to which nothing happened.
    healthy = trainer(Watched(tmp_path / "healthy"), loss=combine({"ce": 1.0})).run()
    assert figures(outcome.history)[0] == figures(healthy.history)[0]
    assert figures(outcome.history)[1] != figures(healthy.history)[1]


def test_a_gradient_that_is_no_number_counts_too(tmp_path):
    """At 0 the root has a slope without bounds."""

    class Steep(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(4))

        def forward(self, images):
            return (images[:, :1].abs() * 0 * self.scale[None, :, None, None]).sqrt()

    with pytest.raises(InputError, match="not a number 4 times"):
        trainer(Watched(tmp_path), Steep()).run()


def test_a_loss_that_is_never_a_number_is_an_error(tmp_path):
    report = Watched(tmp_path)
    with pytest.raises(InputError, match="not a number 4 times, the last time in epoch 1 at a learning rate"):
        trainer(report, loss=_sick_at(*range(1, 100))).run()
    assert len(report.messages) == 3


def test_bfloat16_on_the_cpu(tmp_path):
    outcome = trainer(Watched(tmp_path), settings=replace(SETTINGS, precision="bf16")).run()
    assert outcome.best_score > 0.7
    assert {weight.dtype for weight in outcome.state_dict.values()} == {torch.float32, torch.int64}


def test_a_full_disk_stops_no_training(unbroken, tiny_disk):
    ballast = fill(tiny_disk)
    report = Watched(tiny_disk)
    outcome = trainer(report, settings=replace(SETTINGS, checkpoint_s=0.0)).run()
    (message,) = report.messages
    assert "goes on without a new checkpoint" in message
    assert "the disk is full" in message
    assert_same_weights(outcome.state_dict, unbroken.state_dict)
    assert {path.name for path in tiny_disk.rglob("*") if path.is_file()} == {ballast.name}


def test_the_disk_fills_up_and_the_last_good_checkpoint_stays(unbroken, tiny_disk):
    with pytest.raises(Cancelled):
        trainer(Watched(tiny_disk, cancel_at(20))).run()
    fill(tiny_disk)
    report = Watched(tiny_disk, cancel_at(20))
    with pytest.raises(Cancelled):
        trainer(report).run()
    assert len(report.messages) == 1
    report = Watched(tiny_disk)
    resumed = trainer(report).run()
    # As in the first training, 20 checks: what was learned between the two was lost.
    assert_same_weights(resumed.state_dict, unbroken.state_dict)


def test_damaged_checkpoints(unbroken, tmp_path):
    with pytest.raises(Cancelled):
        trainer(Watched(tmp_path, cancel_at(40)), settings=replace(SETTINGS, checkpoint_s=0.0)).run()
    _, newest = sorted((tmp_path / "training").glob("*.safetensors"))
    newest.write_bytes(newest.read_bytes()[:-100])
    report = Watched(tmp_path)
    assert_same_weights(trainer(report).run().state_dict, unbroken.state_dict)
    assert report.messages == []
    for file in (tmp_path / "training").glob("*.safetensors"):
        file.write_bytes(b"no more")
    report = Watched(tmp_path)
    assert_same_weights(trainer(report).run().state_dict, unbroken.state_dict)
    assert report.messages == ["All checkpoints are damaged: the training starts anew."]


def test_nothing_labelled_in_a_batch(tmp_path):
    """Augmentation may push all labels out of sight."""

    class Blind:
        def __call__(self, images, labels, seed):
            return images, torch.full_like(labels, 255)

    outcome = trainer(Watched(tmp_path), augment=Blind()).run()
    assert {epoch["loss"] for epoch in outcome.history} == {0.0}


def test_a_batch_that_cannot_be_made_is_an_error_of_the_training(tmp_path):
    class Broken:
        steps = 3

        def batch(self, epoch, step):
            if step == 2:
                raise InputError("The image is gone.")
            return chips().batch(epoch, step)

    with pytest.raises(InputError, match="The image is gone"):
        trainer(Watched(tmp_path), batches=Broken()).run()


def test_a_real_network(tmp_path):
    """A U-Net of segmentation-models-pytorch on a timm encoder, interrupted once."""
    smp = pytest.importorskip("segmentation_models_pytorch")

    def network():
        torch.manual_seed(0)
        return smp.Unet("tu-tf_mobilenetv3_small_minimal_100", encoder_weights=None, in_channels=2, classes=4)

    def run(folder, on_check=lambda number: None):
        report = Watched(folder, on_check)
        settings = replace(SETTINGS, epochs=2)
        loss, batches = smp.losses.LovaszLoss("multiclass", ignore_index=255), chips(steps=3)
        return Trainer(network(), Segmentation(loss), batches, _loss_of(batches), settings, "cpu", report).run()

    whole = run(tmp_path / "whole")
    with pytest.raises(Cancelled):
        run(tmp_path / "broken", cancel_at(12))
    assert_same_weights(run(tmp_path / "broken").state_dict, whole.state_dict)


def _loss_of(batches):
    def judge(network):
        images, labels = batches.batch(1, 0)
        loss = functional.cross_entropy(network(images.nan_to_num()), labels.long(), ignore_index=255)
        return {"validation loss": float(loss), "score": -float(loss)}

    return judge

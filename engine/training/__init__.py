"""How networks learn: sampling, augmentation, losses, the trainer."""

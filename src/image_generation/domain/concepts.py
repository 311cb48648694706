"""The architectures that models are built on."""

from enum import StrEnum


class ConceptKind(StrEnum):
    """How a model makes pictures."""

    VAE = "VAE"
    GAN = "GAN"
    DIFFUSION = "DIFFUSION"
    AUTOREGRESSIVE = "AUTOREGRESSIVE"

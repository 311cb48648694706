"""The words of the domain as GraphQL enums, each word with its meaning."""

from enum import StrEnum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from image_generation.concepts.figures.samplers import Sampler
from image_generation.concepts.figures.schedules import Schedule
from image_generation.domain.budgets import SpendBy
from image_generation.domain.callers import Role
from image_generation.domain.concepts import ConceptKind
from image_generation.domain.errors import ErrorCode
from image_generation.domain.gallery import GalleryOrder
from image_generation.domain.generations import CostSource, GenerationStatus, Operation
from image_generation.domain.pictures import ImageFormat
from image_generation.domain.variants import Fit
from image_generation.providers.base import Availability


def _expose(kind: type[StrEnum], **meanings: str) -> None:
    strawberry.enum(kind, description=kind.__doc__)
    definition: StrawberryEnumDefinition = vars(kind)["__strawberry_definition__"]
    for value in definition.values:
        value.description = meanings[value.name]


_expose(
    GenerationStatus,
    QUEUED="Accepted, waiting for its turn.",
    RUNNING="Being worked on.",
    SUCCEEDED="The picture is in the gallery.",
    FAILED="There is no picture; `error` says why.",
    CANCELED="Stopped on request.",
)
_expose(
    Operation,
    TEXT_TO_IMAGE="Made from words.",
    IMG2IMG="Made from another picture and words.",
    INPAINT="A part of another picture, painted anew.",
    UPLOAD="Uploaded by a caller.",
)
_expose(
    CostSource,
    USAGE="Computed from the usage that the provider reported.",
    PRICE_LIST="Taken from the model's price.",
    FREE="Costs nothing.",
    UNKNOWN="Not known, so there is no number.",
)
_expose(
    ImageFormat,
    PNG="Portable Network Graphics.",
    JPEG="JPEG.",
    WEBP="WebP.",
)
_expose(
    Fit,
    CONTAIN="The whole picture, within the box.",
    COVER="Fills the box; what stands out of its middle is cut off.",
)
_expose(
    Role,
    READER="May read and watch what is theirs.",
    MEMBER="May make, change and delete what is theirs, too.",
    ADMIN="May see what everybody spends, too.",
)
_expose(
    SpendBy,
    PROVIDER="Who made the pictures.",
    MODEL="The model that made them.",
    STYLE="The style they were asked in.",
    CALLER="Who asked for them.",
    DAY="The day in UTC on which they were asked for.",
)
_expose(
    ConceptKind,
    VAE="Variational autoencoders.",
    GAN="Generative adversarial networks.",
    DIFFUSION="Diffusion and flow models.",
    AUTOREGRESSIVE="Autoregressive models.",
)
_expose(
    Schedule,
    LINEAR="β grows evenly.",
    COSINE="What is left of the signal falls like a squared cosine.",
)
_expose(
    Sampler,
    DDPM="Adds fresh noise at each step.",
    DDIM="Adds no noise; even timesteps.",
    EULER="Straight steps from one noise level to the next, closer together where there is little.",
)
_expose(
    GalleryOrder,
    NEWEST="The newest picture first.",
    OLDEST="The oldest picture first.",
)
_expose(
    Availability,
    AVAILABLE="It answers.",
    UNCONFIGURED="It lacks a setting, a key for instance.",
    UNAVAILABLE="It does not answer, or refuses.",
)
_expose(
    ErrorCode,
    BAD_USER_INPUT="A value is wrong; the message names the field and what would be right.",
    NOT_FOUND="There is no such thing, or it is not yours.",
    UNAUTHENTICATED="Say who you are.",
    FORBIDDEN="You may not do this.",
    RATE_LIMITED="Too much at once; `retryAfter` says when to come back.",
    BUDGET_EXCEEDED="It would cost more than may be spent.",
    CONFLICT="It contradicts an earlier request.",
    UNSUPPORTED="The model or provider cannot do this.",
    PROVIDER_NOT_CONFIGURED="The provider lacks a setting, a key for instance.",
    PROVIDER_AUTH="The provider does not accept the configured key.",
    PROVIDER_REJECTED="The provider does not accept the request.",
    PROVIDER_BUSY="The provider asks to come back later.",
    PROVIDER_QUOTA="The account at the provider has no money or quota left.",
    PROVIDER_UNAVAILABLE="The provider is down or cannot be reached.",
    PROVIDER_TIMEOUT="The provider took too long.",
    CONTENT_REJECTED="The provider refuses to draw this.",
    RESULT_LOST="The picture may have been made and cannot be had; it was not asked for twice.",
    STORAGE_FAILED="The picture was made and could not be kept.",
    CANCELED="It was stopped on request.",
    INTERNAL_SERVER_ERROR="A fault of this service; `reference` is found in its log.",
)

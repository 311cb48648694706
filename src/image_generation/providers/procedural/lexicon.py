"""The words the painter knows, and what each of them means."""

from image_generation.providers.procedural.canvas import Colour

COLOURS: dict[str, Colour] = {
    "red": (0.82, 0.12, 0.13),
    "crimson": (0.66, 0.07, 0.19),
    "orange": (0.96, 0.50, 0.10),
    "amber": (0.98, 0.68, 0.16),
    "yellow": (0.98, 0.84, 0.20),
    "gold": (0.87, 0.67, 0.22),
    "green": (0.20, 0.58, 0.26),
    "olive": (0.46, 0.48, 0.18),
    "mint": (0.60, 0.88, 0.74),
    "teal": (0.05, 0.52, 0.54),
    "turquoise": (0.20, 0.76, 0.74),
    "blue": (0.13, 0.34, 0.80),
    "navy": (0.07, 0.13, 0.36),
    "indigo": (0.26, 0.18, 0.60),
    "purple": (0.48, 0.20, 0.66),
    "lavender": (0.70, 0.62, 0.90),
    "magenta": (0.86, 0.14, 0.58),
    "pink": (0.97, 0.58, 0.72),
    "brown": (0.43, 0.27, 0.15),
    "beige": (0.88, 0.80, 0.66),
    "copper": (0.72, 0.43, 0.24),
    "silver": (0.74, 0.77, 0.81),
    "gray": (0.50, 0.50, 0.52),
    "white": (0.96, 0.96, 0.95),
    "black": (0.06, 0.06, 0.08),
}

PHRASES: dict[str, str] = {
    "golden hour": "sunset",
    "blue hour": "twilight",
    "northern lights?": "aurora",
    "southern lights?": "aurora",
    "milky way": "stars",
    "cherry blossoms?": "blossom",
    "rain ?forest": "jungle",
    "city ?scape": "city",
    "black and white": "gray",
    "light ?house": "lighthouse",
    "water ?falls?": "waterfall",
    "sail(?:ing)? (?:boat|ship)": "sailboat",
    "depth of field": "",
    "wet on wet": "",
    "wet in wet": "",
}
"""Phrases (as patterns) that are read as one word, or, as terms of the craft, as none."""

_SYNONYMS: dict[tuple[str, ...], str] = {
    ("water",): "sea ocean lake water river pond coast shore shoreline bay lagoon fjord "
    "wave harbor harbour seaside seascape island reflection pier underwater",
    ("water", "desert"): "beach seashore sandbank",
    ("mountains",): "mountain peak summit alp alps ridge hill cliff valley canyon range volcano "
    "himalaya everest highland landscape",
    ("forest",): "forest tree wood woods woodland pine fir spruce jungle grove birch oak conifer",
    ("city",): "city skyline skyscraper building town downtown metropolis tower street urban "
    "architecture tokyo london paris manhattan york",
    ("city", "night", "magenta", "teal"): "cyberpunk neon",
    ("desert",): "desert dune sahara sand oasis savanna",
    ("meadow",): "meadow field grass grassland plant pasture prairie lawn countryside garden",
    ("meadow", "flowers"): "flower wildflower poppy tulip daisy rose bloom blossom sunflower "
    "lily bouquet petal",
    ("meadow", "flowers", "lavender"): "lavender",
    ("sky",): "sky heaven horizon air",
    ("clouds",): "cloud cloudy cumulus overcast",
    ("stars",): "star starry starlit galaxy constellation nebula space cosmos universe",
    ("moon",): "moon moonlight moonlit moonrise lunar crescent",
    ("sun",): "sun sunlight sunshine sunny solar sunlit",
    ("aurora",): "aurora borealis",
    ("water", "boat"): "boat sailboat yacht sail canoe fisherman regatta",
    ("water", "boat", "ship"): "ship galleon frigate schooner vessel",
    ("lighthouse",): "lighthouse pharos beacon",
    ("house",): "house cabin cottage hut chalet farmhouse barn lodge home",
    ("house", "village"): "houses cabins cottages huts village hamlet",
    ("castle",): "castle fortress palace citadel chateau",
    ("bridge",): "bridge viaduct footbridge aqueduct",
    ("road",): "road path trail lane track pathway highway footpath",
    ("waterfall",): "waterfall cascade cataract",
    ("birds",): "bird gull seagull swallow crow geese",
    ("figure",): "portrait face self figure bust selfie",
    ("person",): "person man woman girl boy human child king queen robot astronaut knight wizard "
    "dancer traveller traveler wanderer hiker monk lady silhouette",
    ("person", "people"): "people persons men women girls boys humans children crowd family couple "
    "friend hikers travellers travelers dancers knights",
    ("night",): "night midnight nighttime nocturnal",
    ("dawn",): "dawn sunrise morning daybreak",
    ("noon",): "noon day daytime midday daylight afternoon",
    ("sunset",): "sunset dusk evening sundown twilight",
    ("rain",): "rain rainy drizzle downpour shower wet",
    ("snow",): "snow snowfall blizzard snowstorm snowing",
    ("fog",): "fog foggy mist misty haze hazy",
    ("storm", "rain"): "storm stormy thunderstorm thunder lightning tempest hurricane",
    ("spring",): "spring springtime",
    ("summer",): "summer summertime",
    ("autumn",): "autumn autumnal fall",
    ("winter",): "winter wintry snowy snowcapped ice icy frozen frost arctic glacier",
    ("red",): "red scarlet ruby vermilion",
    ("crimson",): "crimson burgundy maroon wine",
    ("orange",): "orange fire flame fiery lava tangerine",
    ("amber",): "amber honey",
    ("yellow",): "yellow lemon",
    ("gold",): "gold golden",
    ("green",): "green emerald jade",
    ("olive",): "olive khaki moss",
    ("teal",): "teal petrol",
    ("turquoise",): "turquoise cyan aqua aquamarine",
    ("blue",): "blue azure cobalt sapphire cerulean",
    ("purple",): "purple violet amethyst",
    ("magenta",): "magenta fuchsia",
    ("pink",): "pink salmon coral",
    ("brown",): "brown chocolate sepia",
    ("beige",): "beige cream ivory",
    ("copper",): "copper bronze rust",
    ("gray",): "gray grey",
}

WORDS: dict[str, tuple[str, ...]] = {colour: (colour,) for colour in COLOURS} | {
    word: meanings for meanings, words in _SYNONYMS.items() for word in words.split()
}
"""Each word (singular, lower case) and its meanings: subjects, times, weathers, colours."""

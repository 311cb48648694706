"""`python -m image_generation` is the command `image-generation`."""

from image_generation.cli import main

if __name__ == "__main__":
    raise SystemExit(main())

"""THE OTHER DOORS: pictures, health and the way to the explorer."""

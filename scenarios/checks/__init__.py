"""The checks of a scenario, by what they look at; `scenarios.validate` calls them all."""

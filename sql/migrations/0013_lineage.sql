-- Following one event by its id starts at the registry; row-level security shows a reader its own tenant's part of it.
GRANT SELECT ON raw.event_registry TO onevault_reader;

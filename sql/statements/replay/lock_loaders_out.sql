-- Waits for the loads under way and keeps new ones out until the transaction ends. A load writes events before it asks which
-- hubs and states are known, so none can go on from a vault that is emptied meanwhile. Readers and ingest are not concerned.
LOCK TABLE ONLY business.site_event_nl IN SHARE ROW EXCLUSIVE MODE

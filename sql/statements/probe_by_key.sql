-- For the transaction that loads a batch: what it needs of a table it finds by key. A plan is made once for a connection, and one
-- that was made while tables were small would read them whole after they have grown.
SET LOCAL enable_seqscan = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off

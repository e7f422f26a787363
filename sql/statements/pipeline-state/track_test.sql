-- Whether everything that tracking needs is there.
SELECT api.track_test() AS test

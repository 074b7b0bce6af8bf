-- A sample that is even over time, however many scores there are: the least hashes of a stage.
CREATE INDEX score_sample ON score (kind, stage, hashint8(score_id));

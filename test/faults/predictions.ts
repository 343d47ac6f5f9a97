import { type Section, serving, training } from "./written.ts";

/** The prediction log, labels, and batches. */
export const PREDICTIONS: Section = {
  title: "Predictions that are kept, and batches of them",
  rows: [
    ...serving("capture/capture", "predictions that are kept", [
      [
        "the store of the prediction log away",
        "predictions go on; rows wait, are shed and counted beyond the bound, and stored when it is back",
        "wait while the store is away",
      ],
      [
        "SIGTERM while rows wait for their hour",
        "they are stored before the process ends",
        "are stored by SIGTERM",
      ],
      [
        "a misspelt name of a feature that must not be kept",
        "nothing is kept",
        "lack what is dropped",
      ],
    ]),
    ...serving("capture/writer", "the thread that stores predictions", [
      [
        "the thread that stores predictions dies",
        "another one goes on; what the first had is counted",
        "is started again when it ends",
      ],
      [
        "a flood of texts of 10,000 characters",
        "no more waits than may, the rest is counted",
        "has no more to keep than is allowed",
      ],
      [
        "it dies while the server ends",
        "the server ends, and what is lost is counted",
        "that cannot store in time",
      ],
    ]),
    ...serving("capture/feedback", "labels", [
      [
        "a flood of labels",
        "503 with a time to come again, then room again",
        "are answered with 413 beyond the rows of a request, and 503",
      ],
      [
        "the store away while labels come",
        "503: none is said to be kept that is not",
        "are answered with 503 while the store is away",
      ],
    ]),
    ...training("test_monitoring", [
      [
        "labels twice, corrected, and of nobody",
        "the latest counts, the others are counted",
        "test_quality_is_scikit_learns_on_the_rows_whose_latest_label_is_known",
      ],
      [
        "half a file in the prediction log",
        "named; the others count",
        "test_a_file_that_is_no_parquet_is_named_and_the_others_count",
      ],
    ]),
    ...training("test_drift", [
      [
        "a feature that is dropped from one day on",
        "judged by the days that have it",
        "test_a_feature_that_is_kept_at_times_is_judged_by_those_times",
      ],
    ]),
    ...training("test_batch_safety", [
      [
        "kill −9 in the middle of a batch",
        "nothing looks finished; the next run gives the same file",
        "test_killed_in_the_middle_the_next_run_gives_the_same_file",
      ],
      [
        "two batches into one file",
        "the second is refused",
        "test_stopped_it_takes_its_parts_away_and_another_run_meanwhile_is_refused",
      ],
      [
        "the disk full while a batch is written",
        "told, and nothing is left",
        "test_full_disk_is_told_and_leaves_nothing",
      ],
      [
        "a batch from a file that is cut off",
        "refused as no whole one",
        "test_cut_off_file_is_no_whole_one",
      ],
    ]),
  ],
};

import { PREDICTIONS } from "./predictions.ts";
import { cluster, platform, type Section, serving, training } from "./written.ts";

/** Every fault that is played, by what it hits. */
export const SECTIONS: Section[] = [
  {
    title: "Database, object store and MLflow",
    rows: [
      ...cluster("faults", "faults in the cluster", [
        [
          "Postgres and MLflow killed (−9) while runs are logged",
          "every logged run is there after it; predictions go on",
          "keeps MLflow's runs",
        ],
        ["MLflow and the object store stopped", "predictions go on", "predicts on while MLflow"],
      ]),
      ...cluster("upgrade-postgres", "an upgrade of our own Postgres, in the cluster under load", [
        [
          "the major version of Postgres' image raised, and nothing else",
          "refused before anything is touched",
          "to another major version is refused before anything is touched",
        ],
        [
          "the same without Pulumi",
          "the pod refuses and names the runbook; no row is lost, predictions go on",
          "to another major version without Pulumi is refused",
        ],
      ]),
      ...platform("images/mlflow-upgrade", "MLflow's upgrade of a schema in Postgres", [
        [
          "an upgrade of the schema killed in the middle",
          "everything as before; the next one comes to its end",
          "that is killed in the middle",
        ],
      ]),
      ...platform("tools/local/database", "MLflow's database", [
        [
          "the first migration killed, anywhere in it",
          "the database is whole or not there",
          "is whole or not there",
        ],
        [
          "a folder that an earlier version left so",
          "the next start begins anew",
          "begins anew where an earlier",
        ],
        [
          "an upgrade that fails (no table of that revision, full disk)",
          "the old database stays, and the message says so",
          "stays as it is when an upgrade fails",
        ],
      ]),
      ...training("test_environment_errors", [
        [
          "MLflow's disk full while a run is logged",
          "exit code 3, the disk named; no version",
          "test_full_disk_is_named",
        ],
        [
          "MLflow not there, or slow to start",
          "waits as long as its process lives, then names it",
          "test_waits_as_long_as_the_process_of_mlflow_lives",
        ],
        [
          "MLflow dies in the middle of a training",
          "said; the next run recovers",
          "test_server_that_dies_is_reported_and_the_next_run_recovers",
        ],
        [
          "a wrong password of MLflow's",
          "named, with the file it came from",
          "test_password_comes_from_a_file_and_a_wrong_one_is_named",
        ],
      ]),
      ...platform("images/mlflow-accounts", "the accounts of MLflow", [
        [
          "serving's account tries to write, on every route of MLflow",
          "refused but for what is listed",
          "may use the routes that are recorded for them",
        ],
        [
          "a person's account deletes what an alias points at",
          "refused",
          "let nobody but an administrator delete",
        ],
        [
          "passwords guessed",
          "told to wait after ten; who was in stays in",
          "are asked to wait after ten wrong passwords",
        ],
      ]),
    ],
  },
  {
    title: "Backups",
    rows: [
      ...platform(
        "components/backup-scripts",
        "a backup and its way back, with a real Postgres and restic",
        [
          [
            "database and every object lost",
            "all rows and objects come back",
            "brings back every row and object",
          ],
          [
            "PGDATA lost before the next backup",
            "nothing is backed up over it; earlier backups stay",
            "backs nothing up where the data are lost",
          ],
          [
            "a repository that is damaged",
            "every backup is kept, and it is said",
            "keeps every backup of a repository",
          ],
          ["a backup with one byte changed", "refused", "refuses a backup of which a byte"],
          [
            "a dump that was cut off",
            "not loaded; nothing touched",
            "does not load a dump that was cut off",
          ],
          [
            "a restore that fails in the middle",
            "the database is as before",
            "leaves the database as it was",
          ],
          [
            "another password, or none, for a repository",
            "never begun anew over it",
            "opens with its password alone",
          ],
          [
            "the store cannot be reached",
            "said which, and nothing changed",
            "says which store it cannot reach",
          ],
        ],
      ),
      ...platform("components/backup", "Backup", [
        ["a backup due while one is at work", "the second does not begin", "begins none while one"],
      ]),
      ...cluster("backup", "backups", [
        [
          "rows and objects deleted in the cluster",
          "restored, while predictions go on",
          "bring back every row and object",
        ],
        [
          "a backup that nobody has tried",
          "the drill restores it into a throwaway database, and its predictions equal the live ones",
          "are proven on schedule",
        ],
        [
          "the namespace deleted by hand",
          "restored from a bucket elsewhere, champion included",
          "bring back a namespace",
        ],
      ]),
    ],
  },
  {
    title: "Models and the registry",
    rows: [
      ...serving("registry/registry", "serving from a real MLflow registry", [
        [
          "wrong bytes, wrong schema, a pickle, a graph that does not load: every broken package",
          "refused with the reason, the old version serves on",
          "refuses every broken package",
        ],
        [
          "the files of another model under an alias",
          "refused",
          "refuses the files of another model",
        ],
        ["a file that cannot be fetched", "tried again, and said", "tries again when a file"],
        [
          "the registry stopped",
          "serving goes on, says since when, and recovers",
          "keeps serving while MLflow is down",
        ],
        [
          "the champion moved under load",
          "no failed and no mixed answer",
          "swaps versions under load",
        ],
      ]),
      ...serving("registry/fallback", "a start without a champion that can be served", [
        [
          "a champion that cannot be served, at a start",
          "the one before serves, a metric says so",
          "serves the champion of before",
        ],
        [
          "no champion at all",
          "the one before, until the alias names one",
          "does so where nobody is champion",
        ],
        [
          "a start while the registry is down",
          "from the last good copy; a copy that was changed is refused",
          "starts from what it had kept",
        ],
      ]),
      ...serving("model/read-model-file", "an MLmodel file, read in a thread", [
        [
          "three million brackets as metadata",
          "that thread ends, and nothing else",
          "that is three million brackets",
        ],
        [
          "references in references",
          "that thread ends, and nothing else",
          "that is a million references",
        ],
        [
          "metadata that take too long to read",
          "given up after a deadline",
          "that takes too long is given up",
        ],
      ]),
      ...training("test_registry_flow", [
        [
          "a version whose files were lost",
          "superseded; it never blocks",
          "test_judged_version_whose_files_were_lost_is_superseded",
        ],
        [
          "a version that was half written",
          "never blocks the next one",
          "test_broken_version_never_blocks",
        ],
        [
          "the same training twice at once",
          "agree on one version",
          "test_concurrent_runs_of_the_same_key_agree_on_one_version",
        ],
      ]),
      ...training("test_promotion_lock", [
        [
          "two trainings of other data at once",
          "judged against each other; the loser is no champion",
          "test_trainings_of_other_data_at_once_are_judged_against_each_other",
        ],
        [
          "a training killed while it promotes",
          "its lock is removed, the next goes on",
          "test_what_a_killed_process_left_is_removed",
        ],
      ]),
      ...training("test_search_runs", [
        [
          "a search killed among its trials",
          "goes on with those that ended",
          "test_killed_search_goes_on_with_its_finished_trials",
        ],
      ]),
      ...cluster("promotion", "a new champion", [
        [
          "another model's files made champion in the cluster",
          "the old one serves on, the log says why",
          "that is not this model at all",
        ],
      ]),
      ...cluster("training", "a training that fails", [
        [
          "a training that fails in `up`",
          "its reason in the roll-out, the pod and its log",
          "shows its reason",
        ],
      ]),
    ],
  },
  {
    title: "Callers",
    rows: [
      ...serving("server", "the server's process", [
        [
          "slow headers, a body that never ends",
          "the connection is closed",
          "ends a request that never finishes",
        ],
        [
          "SIGTERM with a request in flight",
          "it is answered, then the process ends",
          "answers a request in flight",
        ],
        [
          "keep-alive callers while it drains",
          "no request is lost",
          "loses no request of keep-alive",
        ],
        [
          "its port taken, or settings that make no sense",
          "exit code and every problem at once",
          "ends with code",
        ],
      ]),
      ...serving("routes/predict-bad-input", "bad input to /predict", [
        ["a body beyond the limit", "413", "answers 413 to a body beyond"],
        [
          "headers without end, what is no HTTP",
          "431 and 400 with a problem document",
          "answers 431 and a problem document",
        ],
        ["ten thousand random bodies", "no 5xx", "survives ten thousand random bodies"],
      ]),
      ...serving("protocols/fuzz", "random bodies", [
        ["random bodies on every protocol", "no 5xx, the process lives", "for the"],
      ]),
      ...serving("plugins/auth", "bearer tokens", [
        ["a token with alg none", "401", "refuses alg none"],
        ["HS256 with the issuer's public key as secret", "401", "refuses HS256 signed with"],
        ["claims changed, another key under the issuer's id", "401", "refuses a token"],
        [
          "clocks that disagree",
          "five seconds are tolerated, expired ones refused",
          "tolerates five seconds",
        ],
      ]),
      ...serving("auth/issuer-keys", "the issuer's signing keys", [
        [
          "the issuer down",
          "tokens are checked with the keys that are known",
          "keeps serving with the keys",
        ],
        [
          "the issuer down at the start",
          "503, then it serves by itself",
          "starts without its issuer",
        ],
        ["a key rotated", "the new one is taken, the old one dropped", "follows a key rotation"],
      ]),
    ],
  },
  {
    title: "Pods, nodes and the cluster",
    rows: [
      ...cluster("faults", "faults in the cluster", [
        [
          "API pods deleted one after the other",
          "no request fails",
          "loses no request when API pods",
        ],
        ["a roll-out under load", "no request fails", "loses no request in a roll-out"],
        [
          "an image that does not exist or does not start",
          "gets no traffic; the old pods serve",
          "gives a bad image no traffic",
        ],
        ["a node drained", "the disruption budget is honoured", "honours the disruption budget"],
      ]),
      ...cluster("upgrade-kubernetes", "an upgrade of Kubernetes below the platform", [
        [
          "no API server answers for twenty seconds",
          "no prediction fails",
          "takes the control plane to the later one",
        ],
        [
          "kubelet and kube-proxy of the next minor version",
          "pods run on; no prediction fails",
          "takes the node to the later one",
        ],
      ]),
      ...cluster("lifecycle", "a sandbox's life", [
        [
          "the cluster's own processes killed (−9) in the middle",
          "`recreate` makes it anew",
          "is made anew by recreate",
        ],
        [
          "the sandbox destroyed with --keep-data",
          "comes back with its runs",
          "comes back with its runs",
        ],
      ]),
      ...cluster("operations", "operating the sandbox", [
        [
          "a model rolled back under load",
          "within ten seconds on every replica, no request fails",
          "rolls a model back",
        ],
        [
          "an image rolled back under load",
          "no request fails, and the next `up` keeps it",
          "rolls an image back",
        ],
      ]),
      ...cluster("alerts", "alerts, in the cluster", [
        [
          "an API without a replica",
          "a receiver is told, and told of its end",
          "tell of an API that has no replica",
        ],
      ]),
      ...platform("tools/ops/alerting", "alerts, from a metric to who is told", [
        ["a receiver that refuses", "named by `alert-test`", "tells who is not reached"],
      ]),
    ],
  },
  {
    title: "Pulumi and its commands",
    rows: [
      ...platform("pulumi/interrupted", "an `up` that was killed", [
        [
          "the CLI killed (−9) at a random moment of `up`, twenty times",
          "one command ends in the wanted state; nothing lost, no orphan",
          "is gone on with by one command",
        ],
        [
          "objects that came to be unseen",
          "taken into the state with the same uids",
          "takes up each kind of object",
        ],
        [
          "two `up` at once",
          "the lock of a living process is never taken for a dead one's",
          "is not taken for killed",
        ],
      ]),
      ...platform("pulumi/failed-training", "an `up` whose training failed", [
        [
          "an `up` whose training failed",
          "its revert brings the earlier one back",
          "is no obstacle to its revert",
        ],
      ]),
      ...platform("tools/ops/deploy-stack", "npm run deploy", [
        [
          "a release that predicts wrongly",
          "the last good commit is brought back, exit code 1",
          "brings the last good commit back",
        ],
        [
          "a lock, a passphrase that is missing",
          "the remedy is named, nothing touched",
          "says what to do about a lock",
        ],
      ]),
      ...platform("tools/ci/preview", "npm run preview", [
        ["the context of another cluster", "refused", "refuses a context"],
      ]),
      ...platform("pulumi/move", "the data of a protected stack, with the real engine", [
        [
          "the state lost",
          "what remains in the cluster is adopted",
          "are adopted where the state is lost",
        ],
        [
          "a protected stack taken down",
          "its data are there with the next `up`",
          "are there again after a take-down",
        ],
      ]),
      ...platform("pulumi/changes/found", "an edit of a stack", [
        [
          "the registry's password rotated",
          "one Secret is updated, nothing restarts",
          "rotates the registry's password",
        ],
        [
          "a generated password made anew",
          "its Secret and what reads it at its start, nothing else",
          "makes postgres-mlflow anew, updates its Secret",
        ],
      ]),
      ...platform("pulumi/rotate", "npm run rotate, of a protected stack", [
        [
          "every generated password rotated",
          "the key of the backups stays, all are protected again",
          "makes every one anew",
        ],
      ]),
      ...cluster("rotate", "npm run rotate, in the cluster under load", [
        [
          "every password rotated in the cluster under load",
          "no request fails, no row is lost, the old ones open nothing",
          "makes every password anew",
        ],
      ]),
      ...platform("tools/ops/move-database", "npm run move -- database, between real servers", [
        [
          "the target of a move refuses a part",
          "nothing is left half done",
          "leaves nothing half done",
        ],
      ]),
      ...platform("tools/ops/move-artifacts", "npm run move -- artifacts, between two stores", [
        [
          "a store that keeps other bytes of the same size",
          "not called alike",
          "does not call alike what the target keeps",
        ],
        [
          "a move interrupted",
          "goes on, and copies nothing twice",
          "goes on where it was interrupted",
        ],
      ]),
      ...platform("tools/lib/stack/sleep-commands", "npm run sleep and npm run wake", [
        [
          "sleep while a training runs",
          "refused, nothing touched; --force suspends it",
          "refuses while a training runs",
        ],
        [
          "Ctrl-C while it wakes, then again",
          "ends awake, the training begins anew",
          "wakes to the replicas of before",
        ],
      ]),
      ...platform("tools/lib/stack/sleep", "an environment that sleeps", [
        ["an `up` while it sleeps", "it sleeps on", "is not woken by an `up`"],
      ]),
      ...platform("tools/lib/stack/wake", "wakeEnvironment", [
        [
          "an API that never gets ready",
          "the others wake, and it is named",
          "wakes monitoring and page although",
        ],
      ]),
    ],
  },
  {
    title: "Sources of data that change",
    rows: [
      ...training("test_changing_flow", [
        [
          "a column of another type, gone or new",
          "refused, with both types; the champion stays",
          "test_changed_columns_are_refused_by_the_champions_snapshot",
        ],
        [
          "kill −9 while a snapshot is written",
          "nothing half is taken for whole; the next training ends well",
          "test_killed_while_it_writes_a_snapshot_the_next_training_ends_well",
        ],
      ]),
      ...training("test_snapshot_files", [
        [
          "a file that is still being written",
          "named, exit code 4, nothing kept",
          "test_file_that_is_still_being_written_is_named",
        ],
        [
          "a file that changes while its set is read",
          "named, exit code 4, nothing kept",
          "test_file_that_changes_while_the_set_is_read_is_named",
        ],
        [
          "no row, or no file",
          "refused, nothing kept",
          "test_source_without_a_row_or_a_file_is_refused",
        ],
      ]),
      ...training("test_snapshot_postgres", [
        [
          "rows deleted while a query is read",
          "the training has those of one moment",
          "test_query_sees_one_state_whatever_is_written_meanwhile",
        ],
        [
          "an account that is wrong, or may not read",
          "told apart; no password is said",
          "test_account_that_is_wrong_or_may_not_read_is_told_apart",
        ],
        [
          "a server that is not there, or goes away while it is read",
          "named, exit code 4, nothing kept",
          "test_server_that_is_not_there_or_goes_away_is_named",
        ],
      ]),
      ...training("test_snapshot_store", [
        [
          "a full disk",
          "named, and no snapshot is there",
          "test_full_disk_leaves_no_snapshot_and_says_so",
        ],
        [
          "a snapshot that is damaged",
          "named, with its remedy; nothing is trained from it",
          "test_snapshot_that_is_not_there_or_damaged_is_named",
        ],
      ]),
    ],
  },
  {
    title: "`npm start`",
    rows: [
      ...platform("tools/local/loop", "npm start", [
        [
          "kill −9 of everything",
          "nothing is left running, the next start goes on",
          "leaves nothing behind after kill -9",
        ],
        [
          "kill −9 in MLflow's first migration",
          "the next start goes on",
          "goes on after kill -9 in the middle",
        ],
        ["MLflow crashes", "ends with its last words", "ends with MLflow's last words"],
        [
          "one API dies",
          "it is started again; the others and the page go on",
          "starts a prediction API again",
        ],
        ["two starts on one folder", "the second is refused", "refuses a second start"],
      ]),
      ...platform("tools/local/lock", "lockDataDir", [
        ["many starts at once over a stale lock", "one gets it", "goes to one of many"],
      ]),
      ...platform("tools/local/signals", "onStopRequest", [
        ["npm killed", "the loop ends with it", "stops when npm is killed"],
      ]),
    ],
  },
  PREDICTIONS,
];

"""What people write without Slipway: same table, estimator and metrics, by scikit-learn alone."""

import sys

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

rows = pd.read_csv(sys.argv[1])
target = rows.pop("y")
train, test, known, truth = train_test_split(
    rows, target, test_size=0.2, stratify=target, random_state=42
)
categories = [name for name in rows if name.startswith("c")]
model = make_pipeline(
    make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), categories),
        remainder="passthrough",
    ),
    HistGradientBoostingClassifier(random_state=42),
)
model.fit(train, known)
found, chance = model.predict(test), model.predict_proba(test)[:, 1]
for score in (precision_score, recall_score, f1_score):
    print(score(truth, found, pos_label="yes"))
print(accuracy_score(truth, found), roc_auc_score(truth == "yes", chance))

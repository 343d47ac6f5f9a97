#!/bin/sh
# Brings the store to what the platform expects, as often as it runs: each file of /run/secrets/clients is a user (its
# name) with a secret key (its content) that may use the bucket of the same name and nothing else.
set -eu
SECRETS=${SECRETS:-/run/secrets}

# Passwords hold letters and digits alone, and reach mc by environment or standard input, never as an argument.
MC_HOST_store="http://$(cat $SECRETS/admin/username):$(cat $SECRETS/admin/password)@$STORE_HOST:9000"
export MC_HOST_store

tries=0
until mc ready store >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 120 ] || { echo "the object store did not become ready within 4 minutes" >&2; exit 1; }
  sleep 2
done

for file in "$SECRETS"/clients/*; do
  name=$(basename "$file")
  mc mb --ignore-existing "store/$name"
  cat >/tmp/policy.json <<JSON
{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
      "Resource": ["arn:aws:s3:::$name"] },
    { "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload",
      "s3:ListMultipartUploadParts"], "Resource": ["arn:aws:s3:::$name/*"] }
  ]
}
JSON
  mc admin policy create store "$name" /tmp/policy.json
  printf '%s\n%s\n' "$name" "$(cat "$file")" | mc admin user add store
  mc admin policy attach store "$name" --user "$name" || mc admin user info store "$name" | grep -q "PolicyName: $name"
done

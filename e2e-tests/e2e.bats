#!/usr/bin/env bats
# The cases of this folder, in real kwctl. Each test is called as its case's folder.
# POLICY: the annotated module.

CASES=$BATS_TEST_DIRNAME/cases
POLICY=${POLICY:-$BATS_TEST_DIRNAME/../annotated-policy.wasm}
export RUST_BACKTRACE=0

# Compares what is expected of the case that the test is called after with what kwctl shows.
compare() {
  cd "$BATS_TEST_TMPDIR"
  local folder=$CASES/$BATS_TEST_DESCRIPTION
  if [ -e "$folder/request.json" ]; then
    run_kwctl "$folder/settings.yaml" "$folder/request.json" || { cat log >&2; return 1; }
    events >events
    answer events <out >observed
  else
    # The settings are checked first, whatever is asked.
    ! run_kwctl "$folder/settings.yaml" "$CASES/../requests/web.json"
    settings_errors <log >observed
  fi
  diff -u --label expected <(jq -S . "$folder/expected.json") --label observed <(jq -S . observed)
}

run_kwctl() {
  local flags=() last=() folder=${1%/*}
  if [ -e "$folder/cluster" ] && ! grep -q ^v1/ "$folder/denied" 2>/dev/null; then
    flags+=(--allow-context-aware)
  fi
  if grep -q ^kubernetes/ "$folder/denied" 2>/dev/null; then
    last+=(--allowed-host-capabilities net/v1/dns_lookup_host)
  fi
  if [ -e "$folder/session.yaml" ]; then
    flags+=(--replay-host-capabilities-interactions "$folder/session.yaml")
  fi
  kwctl run --settings-path "$1" --request-path "$2" "${flags[@]}" "$POLICY" "${last[@]}" \
    >out 2>log
}

# The answer and its Events, without what is not there.
answer() {
  jq --slurpfile events "$1" '
    {allowed, auditAnnotations, warnings, code: .status.code, message: .status.message,
     patch: (.patch // "W10=" | @base64d | fromjson), events: $events}
    | with_entries(select(.value | . != null and . != [] and . != {}))'
}

# The Events in kwctl's log, which is always coloured, without their times. A line holds the
# settings too: what counts stands behind the last `policy_log:` and the last `data=`. (sed takes it
# apart because jq 1.6 breaks characters when it reads text.)
events() {
  local colour=$'\e\\[[0-9]*m'
  local line=".* WARN.*${colour}policy_log$colour$colour:$colour \(.*\) ${colour}data$colour$colour=$colour\({.*}\)\$"
  sed -n "s/$line/\2/p" log | jq .event >records
  diff <(sed -n "s/$line/\1/p" log) <(jq --raw-output .message records)
  jq 'if .firstTimestamp == .lastTimestamp and .firstTimestamp != null
      then del(.firstTimestamp, .lastTimestamp)
      else error("an unusual Event: \(tojson)")
      end' records
}

# The problems of the settings; the line before them counts them.
settings_errors() {
  sed '1,/^Error: Provided settings are not valid: /d' |
    jq --raw-input --slurp '{settingsErrors: rtrimstr("\n") | split("\n")}'
}

@test "every case has its test here, and its line in the README" {
  local tests='s/^@test "\([a-z0-9-]*\)" { compare; }$/\1/p' lines='s/^- \[\([a-z0-9-]*\)\].*/\1/p'
  diff <(ls "$CASES") <(sed -n "$tests" "$BATS_TEST_FILENAME" | sort)
  diff <(ls "$CASES") <(sed -n "$lines" "$BATS_TEST_DIRNAME/README.md" | sort)
}

@test "affinity-by-label-keys" { compare; }
@test "atomic-list" { compare; }
@test "binding" { compare; }
@test "command" { compare; }
@test "command-conflict" { compare; }
@test "conflict-first-one" { compare; }
@test "conflict-inside-a-rule" { compare; }
@test "conflict-keep" { compare; }
@test "conflict-keep-item" { compare; }
@test "conflict-replace" { compare; }
@test "conflict-replace-earlier-rule" { compare; }
@test "conflict-report" { compare; }
@test "conflict-with-earlier-rule" { compare; }
@test "containers-all" { compare; }
@test "containers-before-the-rule" { compare; }
@test "containers-by-kind" { compare; }
@test "containers-by-name" { compare; }
@test "containers-none" { compare; }
@test "daemonset-pod" { compare; }
@test "defaults" { compare; }
@test "defaults-claimed" { compare; }
@test "defaults-not-this-one" { compare; }
@test "delete" { compare; }
@test "deployment" { compare; }
@test "dns-config" { compare; }
@test "dry-run" { compare; }
@test "eight-failures" { compare; }
@test "env-and-init-container" { compare; }
@test "env-empty-value-removed" { compare; }
@test "env-equal" { compare; }
@test "env-field-ref" { compare; }
@test "env-from" { compare; }
@test "env-other-source" { compare; }
@test "env-prepended" { compare; }
@test "env-prepended-in-a-new-container" { compare; }
@test "env-replaced-source" { compare; }
@test "env-twice" { compare; }
@test "env-without-value" { compare; }
@test "ephemeral-container" { compare; }
@test "generate-name" { compare; }
@test "host-aliases" { compare; }
@test "image-pull-secrets" { compare; }
@test "init-container-conflict" { compare; }
@test "invalid-annotations" { compare; }
@test "invalid-before" { compare; }
@test "invalid-claim-name" { compare; }
@test "invalid-claims" { compare; }
@test "invalid-containers" { compare; }
@test "invalid-device-at-token" { compare; }
@test "invalid-devices" { compare; }
@test "invalid-dns" { compare; }
@test "invalid-hooks" { compare; }
@test "invalid-host" { compare; }
@test "invalid-mounts" { compare; }
@test "invalid-one-of-three" { compare; }
@test "invalid-pod-resources" { compare; }
@test "invalid-ports" { compare; }
@test "invalid-ports-of-the-host" { compare; }
@test "invalid-resources" { compare; }
@test "invalid-scheduling" { compare; }
@test "invalid-security" { compare; }
@test "invalid-size" { compare; }
@test "job-pod" { compare; }
@test "labels-and-annotations" { compare; }
@test "later-rule-sees-earlier" { compare; }
@test "left-out-counts-as-set" { compare; }
@test "lifecycle" { compare; }
@test "many-failures" { compare; }
@test "match-all-of-it" { compare; }
@test "match-annotations" { compare; }
@test "match-labels" { compare; }
@test "match-namespaces" { compare; }
@test "match-nothing" { compare; }
@test "message-cut" { compare; }
@test "message-with-forged-name" { compare; }
@test "message-without-values" { compare; }
@test "mirror-pod" { compare; }
@test "mountable-pull-secret" { compare; }
@test "mountable-secret" { compare; }
@test "mountable-secret-listed" { compare; }
@test "mountable-secret-of-the-same-account" { compare; }
@test "mountable-secret-projected" { compare; }
@test "namespace-of-the-request" { compare; }
@test "native-sidecar-first" { compare; }
@test "no-containers" { compare; }
@test "node-selector" { compare; }
@test "null-in-one-value" { compare; }
@test "null-in-the-pod" { compare; }
@test "on-failure-reject" { compare; }
@test "on-failure-reject-applied" { compare; }
@test "on-failure-reject-dry-run" { compare; }
@test "one-rule-fails" { compare; }
@test "pod-security-baseline" { compare; }
@test "pod-security-not-checked" { compare; }
@test "pod-security-not-granted" { compare; }
@test "pod-security-of-the-author" { compare; }
@test "pod-security-privileged" { compare; }
@test "pod-security-restricted" { compare; }
@test "pod-security-version" { compare; }
@test "podpreset" { compare; }
@test "podpreset-conflict" { compare; }
@test "port-name" { compare; }
@test "ports" { compare; }
@test "prepend-other-lists" { compare; }
@test "priority-class" { compare; }
@test "priority-class-absent" { compare; }
@test "priority-class-default" { compare; }
@test "priority-class-of-the-author" { compare; }
@test "privileged-false" { compare; }
@test "probe-newer-handler" { compare; }
@test "probe-other-handler" { compare; }
@test "probe-replaced-handler" { compare; }
@test "probe-same-handler" { compare; }
@test "references" { compare; }
@test "references-absent" { compare; }
@test "references-forbidden" { compare; }
@test "references-not-checked" { compare; }
@test "references-of-the-author" { compare; }
@test "references-without-key" { compare; }
@test "remove" { compare; }
@test "remove-container" { compare; }
@test "request-without-object" { compare; }
@test "resources-claimed" { compare; }
@test "resources-equal" { compare; }
@test "resources-limit" { compare; }
@test "resources-request" { compare; }
@test "rules-from" { compare; }
@test "rules-from-absent" { compare; }
@test "rules-from-absent-optional" { compare; }
@test "rules-from-binary-data" { compare; }
@test "rules-from-conflict" { compare; }
@test "rules-from-exploding-anchors" { compare; }
@test "rules-from-forbidden" { compare; }
@test "rules-from-invalid-rules" { compare; }
@test "rules-from-invalid-yaml" { compare; }
@test "rules-from-no-capability" { compare; }
@test "rules-from-not-granted" { compare; }
@test "rules-from-other-namespaces" { compare; }
@test "rules-from-own-namespace" { compare; }
@test "rules-from-reject" { compare; }
@test "rules-from-reject-not-allowed" { compare; }
@test "rules-from-same-name" { compare; }
@test "rules-from-skip" { compare; }
@test "rules-from-the-same-config-map" { compare; }
@test "rules-from-unknown-variable" { compare; }
@test "runtime-class" { compare; }
@test "runtime-class-absent" { compare; }
@test "runtime-class-and-a-later-rule" { compare; }
@test "runtime-class-node-selector" { compare; }
@test "security-context" { compare; }
@test "security-context-conflict" { compare; }
@test "service-account" { compare; }
@test "service-account-absent" { compare; }
@test "service-account-equal" { compare; }
@test "service-account-of-few-secrets" { compare; }
@test "service-account-of-the-author" { compare; }
@test "service-account-pull-secrets" { compare; }
@test "service-account-pull-secrets-of-the-author" { compare; }
@test "service-account-without-token" { compare; }
@test "settings-errors-all-at-once" { compare; }
@test "settings-errors-directives" { compare; }
@test "settings-errors-empty" { compare; }
@test "settings-errors-empty-rules" { compare; }
@test "settings-errors-globs" { compare; }
@test "settings-errors-merge-keys" { compare; }
@test "settings-errors-names" { compare; }
@test "settings-errors-never-set" { compare; }
@test "settings-errors-no-rules" { compare; }
@test "settings-errors-relations" { compare; }
@test "settings-errors-removals" { compare; }
@test "settings-errors-rules-from" { compare; }
@test "settings-errors-selectors" { compare; }
@test "settings-errors-sources" { compare; }
@test "settings-errors-twice" { compare; }
@test "settings-errors-two-sources" { compare; }
@test "settings-errors-types" { compare; }
@test "settings-errors-unknown-keys" { compare; }
@test "settings-errors-unknown-source" { compare; }
@test "settings-errors-values" { compare; }
@test "settings-errors-variables" { compare; }
@test "settings-errors-variables-and-types" { compare; }
@test "settings-errors-variables-in-keys" { compare; }
@test "settings-errors-variables-in-unknown-fields" { compare; }
@test "settings-errors-variables-of-containers" { compare; }
@test "settings-errors-words" { compare; }
@test "sidecar" { compare; }
@test "skip-all" { compare; }
@test "skip-every-rule-by-name" { compare; }
@test "skip-not-honoured" { compare; }
@test "skip-not-true" { compare; }
@test "skip-some" { compare; }
@test "stamp-left-out" { compare; }
@test "stamp-of-an-injected-pod" { compare; }
@test "stamp-off" { compare; }
@test "stamp-off-and-stale" { compare; }
@test "stamp-stale" { compare; }
@test "stamp-stale-and-a-failure" { compare; }
@test "stamp-stale-and-no-match" { compare; }
@test "stamp-without-messages" { compare; }
@test "statefulset-pod" { compare; }
@test "toleration-seconds" { compare; }
@test "toleration-that-lasts" { compare; }
@test "tolerations" { compare; }
@test "tolerations-of-the-api-server" { compare; }
@test "topology-spread" { compare; }
@test "unknown-fields-injected" { compare; }
@test "unknown-fields-kept" { compare; }
@test "unknown-source" { compare; }
@test "unsupported-object" { compare; }
@test "unsupported-part" { compare; }
@test "update" { compare; }
@test "variable-annotation" { compare; }
@test "variable-conflict" { compare; }
@test "variable-container-image" { compare; }
@test "variable-container-name" { compare; }
@test "variable-default" { compare; }
@test "variable-empty" { compare; }
@test "variable-escape" { compare; }
@test "variable-generate-name" { compare; }
@test "variable-in-merge-keys" { compare; }
@test "variable-in-words" { compare; }
@test "variable-inserted-once" { compare; }
@test "variable-invalid" { compare; }
@test "variable-invalid-class" { compare; }
@test "variable-invalid-empty" { compare; }
@test "variable-invalid-label" { compare; }
@test "variable-invalid-with-the-pod" { compare; }
@test "variable-label" { compare; }
@test "variable-name" { compare; }
@test "variable-namespace" { compare; }
@test "variable-not-shown" { compare; }
@test "variable-of-kubernetes" { compare; }
@test "variable-removes" { compare; }
@test "variable-request-namespace" { compare; }
@test "variable-request-uid" { compare; }
@test "variable-service-account" { compare; }
@test "variable-too-long" { compare; }
@test "variable-unresolved" { compare; }
@test "variable-unresolved-in-a-container" { compare; }
@test "variable-unresolved-name" { compare; }
@test "variable-unresolved-rejects" { compare; }
@test "variable-unresolved-request" { compare; }
@test "variable-username" { compare; }
@test "variables" { compare; }
@test "variables-of-the-pod-as-it-came" { compare; }
@test "volume-equal" { compare; }
@test "volume-mount-fields" { compare; }
@test "volume-of-an-earlier-rule" { compare; }
@test "volume-other-source" { compare; }
@test "volumes" { compare; }
@test "warning-cut" { compare; }
@test "windows-pod" { compare; }
@test "zero-for-a-default" { compare; }
@test "zero-values" { compare; }

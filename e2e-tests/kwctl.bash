# Compares a case with what real kwctl makes of it. `run` writes a bats test for each case, named
# after the case's folder, which calls `compare`.
# POLICY: the annotated module.

E2E_TESTS=$(dirname "${BASH_SOURCE[0]}")
CASES=$E2E_TESTS/cases
POLICY=${POLICY:-$E2E_TESTS/../annotated-policy.wasm}
export RUST_BACKTRACE=0

# Compares the expected.json of the test's case with what kwctl shows.
compare() {
  cd "$BATS_TEST_TMPDIR"
  local folder=$CASES/$BATS_TEST_DESCRIPTION
  if [ -e "$folder/request.json" ]; then
    run_kwctl "$folder/settings.yaml" "$folder/request.json" || { cat log >&2; return 1; }
    events >events
    answer events <out >observed
  else
    # The settings are checked first, whatever is asked.
    ! run_kwctl "$folder/settings.yaml" "$E2E_TESTS/requests/web.json"
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

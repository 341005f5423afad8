# Starts the agent of one bake on its builder; run by Systems Manager as root, by whatever `sh` is.
# The document puts the lines before this that set the variables below. None of them is a secret.
#
#   OVENBIRD_BAKE           the bake's id
#   OVENBIRD_BUCKET         the artifact bucket
#   OVENBIRD_PREFIX         this builder's folder of it, builders/<role id>:<instance id>/
#   OVENBIRD_REGION         of the bucket and of the log group
#   OVENBIRD_AGENT_SHA256   of agent.tar.gz in that folder
#   OVENBIRD_ORDER_SHA256   of job.json in that folder
#   OVENBIRD_LOG_GROUP      of agents' lines
#
# It needs coreutils, tar with gzip, and the AWS CLI or curl 7.88 or newer. What else a bake needs,
# the agent installs. As with AWS's own programs, AWS_EC2_METADATA_SERVICE_ENDPOINT and
# AWS_ENDPOINT_URL name other places for those services.
set -eu
umask 077
PATH="${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin:/snap/bin"
AWS_REGION=$OVENBIRD_REGION
AWS_DEFAULT_REGION=$OVENBIRD_REGION
export PATH AWS_REGION AWS_DEFAULT_REGION

fail() {
  printf 'ovenbird: %s\n' "$1" >&2
  exit 1
}

home=${OVENBIRD_HOME:-/var/lib/ovenbird}
mkdir -p "$home"
# a link, or a folder of another's, could be changed under our hands
[ ! -L "$home" ] && [ "$(stat -c %u "$home")" = "$(id -u)" ] ||
  fail "$home is not a folder of this user's own"
chmod 700 "$home"

imds=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
imds=${imds%/}

ask_imds() {
  curl --fail --silent --show-error --max-time 10 --retry 5 --retry-connrefused \
    --header "X-aws-ec2-metadata-token: $token" "$imds/latest/meta-data/$1"
}

# The text of a field of a flat JSON object.
field() {
  rest=${1#*\"$2\"}
  [ "$rest" != "$1" ] || fail "the instance's credentials have no $2"
  rest=${rest#*:}
  rest=${rest#*\"}
  printf '%s' "${rest%%\"*}"
}

# The options are on standard input: every process of the machine sees arguments.
curl_options() {
  role=$(ask_imds iam/security-credentials/) || return 1
  given=$(ask_imds "iam/security-credentials/$role") || return 1
  id=$(field "$given" AccessKeyId) || return 1
  key=$(field "$given" SecretAccessKey) || return 1
  session=$(field "$given" Token) || return 1
  printf 'user = "%s:%s"\n' "$id" "$key"
  printf 'header = "x-amz-security-token: %s"\n' "$session"
  printf 'header = "x-amz-content-sha256: UNSIGNED-PAYLOAD"\n'
  printf 'aws-sigv4 = "aws:amz:%s:s3"\n' "$OVENBIRD_REGION"
}

endpoint() {
  case $OVENBIRD_REGION in
    cn-*) suffix=amazonaws.com.cn ;;
    *) suffix=amazonaws.com ;;
  esac
  address=${AWS_ENDPOINT_URL_S3:-${AWS_ENDPOINT_URL:-https://s3.$OVENBIRD_REGION.$suffix}}
  printf '%s' "${address%/}"
}

# fetch NAME PATH: a file of this builder's folder
fetch() {
  if command -v aws >/dev/null 2>&1; then
    aws s3api get-object --bucket "$OVENBIRD_BUCKET" --key "$OVENBIRD_PREFIX$1" "$2" >/dev/null ||
      fail "$1 could not be fetched from this builder's folder of $OVENBIRD_BUCKET"
    return
  fi
  command -v curl >/dev/null 2>&1 || fail "this builder has neither the AWS CLI nor curl"
  token=$(curl --fail --silent --show-error --max-time 10 --retry 5 --retry-connrefused \
    --request PUT --header "X-aws-ec2-metadata-token-ttl-seconds: 300" "$imds/latest/api/token") ||
    fail "the instance metadata service gives no token"
  options=$(curl_options) || fail "the instance metadata service gives no credentials"
  # S3 signs a colon of the path as %3A
  folder=${OVENBIRD_PREFIX%%:*}%3A${OVENBIRD_PREFIX#*:}
  printf '%s\n' "$options" | curl --config - --fail --silent --show-error --retry 5 \
    --retry-connrefused --output "$2" "$(endpoint)/$OVENBIRD_BUCKET/$folder$1" ||
    fail "$1 could not be fetched from this builder's folder of $OVENBIRD_BUCKET"
}

package=$home/agent-$OVENBIRD_AGENT_SHA256
if [ ! -d "$package" ]; then
  part=$(mktemp -d "$home/part.XXXXXXXX")
  trap 'rm -rf "$part"' EXIT
  fetch agent.tar.gz "$part/agent.tar.gz"
  sum=$(sha256sum <"$part/agent.tar.gz")
  sum=${sum%% *}
  [ "$sum" = "$OVENBIRD_AGENT_SHA256" ] ||
    fail "agent.tar.gz has the SHA-256 $sum, and $OVENBIRD_AGENT_SHA256 was ordered"
  mkdir "$part/agent"
  tar -xzf "$part/agent.tar.gz" -C "$part/agent" --no-same-owner
  # another, started at the same moment, may have been first: it is the same then
  mv -T "$part/agent" "$package" 2>/dev/null || [ -d "$package" ] ||
    fail "the agent could not be put into $package"
  rm -rf "$part"
  trap - EXIT
fi

exec "$package/node" "$package/agent/builder/main.js" \
  --bake "$OVENBIRD_BAKE" --bucket "$OVENBIRD_BUCKET" --prefix "$OVENBIRD_PREFIX" \
  --order-sha256 "$OVENBIRD_ORDER_SHA256" --log-group "$OVENBIRD_LOG_GROUP" --home "$home"

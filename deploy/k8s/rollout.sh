#!/usr/bin/env bash
# Brings an overlay to the cluster of the current context, in the order that keeps a running suite serving: what the migrations need, the
# migrations, everything. With --dry-run it changes nothing and shows what would change.
# Usage: rollout.sh [--dry-run] OVERLAY [TIMEOUT], for example rollout.sh deploy/k8s/overlays/county 10m
set -euo pipefail

dry=
if [ "${1:-}" = --dry-run ]; then
  dry=yes
  shift
fi
overlay=${1:?usage: rollout.sh [--dry-run] OVERLAY [TIMEOUT]}
timeout=${2:-10m}
migrate=app.kubernetes.io/component=migrate
objects=$(mktemp)
trap 'rm -f "$objects"' EXIT
kubectl kustomize "$overlay" >"$objects"
if [ "$dry" ]; then
  # Status 1 says that there are differences.
  kubectl diff -f "$objects" || [ $? = 1 ]
  exit
fi
namespaces=$(awk '/^---/ { kind = "" } /^kind: / { kind = $2 } kind == "Namespace" && /^  name: / { print $2 }' "$objects")

# A job cannot be changed, and the one of the version before is done.
for namespace in $namespaces; do
  kubectl delete job --namespace "$namespace" --selector "$migrate" --ignore-not-found --wait
done

# All but what runs: accounts, settings, policies, stores inside the cluster.
kubectl apply -f "$objects" --selector 'app.kubernetes.io/component notin (service,migrate)'
kubectl apply -f "$objects" --selector "$migrate"
for namespace in $namespaces; do
  if ! kubectl wait job --namespace "$namespace" --selector "$migrate" --for=condition=complete --timeout="$timeout"; then
    kubectl logs --namespace "$namespace" --selector "$migrate" --prefix --tail 20 >&2 || true
    echo "rollout: the migrations of $namespace did not end; the services were left as they are" >&2
    exit 1
  fi
done

kubectl apply -f "$objects"
for namespace in $namespaces; do
  for deployment in $(kubectl get deployment --namespace "$namespace" --selector app.kubernetes.io/component=service --output name); do
    kubectl rollout status --namespace "$namespace" "$deployment" --timeout="$timeout"
  done
done

/** A class that lets volumes grow, and is the cluster's default: filled into claims that name none, as clusters do. */
export const STORAGE_CLASS = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: {
    name: "standard",
    annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
  },
  provisioner: "example.com/disk",
  allowVolumeExpansion: true,
};

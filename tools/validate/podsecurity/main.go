// Command podsecurity tells which objects the restricted Pod Security Standard would refuse, by the very evaluator that
// the Kubernetes API server runs. It takes manifest files (one object each) and prints one JSON list of problems.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// problem is the counterpart of Problem in ../problem.ts.
type problem struct {
	File    string `json:"file"`
	Message string `json:"message"`
}

var restricted = api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}

func main() {
	problems, err := check(os.Args[1:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(problems)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func check(files []string) ([]problem, error) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return nil, err
	}
	scheme := runtime.NewScheme()
	workloads := runtime.SchemeBuilder{appsv1.AddToScheme, batchv1.AddToScheme, corev1.AddToScheme}
	if err := workloads.AddToScheme(scheme); err != nil {
		return nil, err
	}
	decoder := serializer.NewCodecFactory(scheme).UniversalDeserializer()

	problems := []problem{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		object, _, err := decoder.Decode(text, nil, nil)
		if runtime.IsNotRegisteredError(err) {
			continue // neither a workload nor anything that holds one
		}
		if err != nil {
			problems = append(problems, problem{file, err.Error()})
			continue
		}
		if pod := podOf(object); pod != nil {
			result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec))
			if !result.Allowed {
				problems = append(problems, problem{file, result.ForbiddenDetail()})
			}
		}
	}
	return problems, nil
}

// podOf gives the pods that an object makes, or nil.
func podOf(object runtime.Object) *corev1.PodTemplateSpec {
	switch o := object.(type) {
	case *corev1.Pod:
		return &corev1.PodTemplateSpec{ObjectMeta: o.ObjectMeta, Spec: o.Spec}
	case *appsv1.Deployment:
		return &o.Spec.Template
	case *appsv1.StatefulSet:
		return &o.Spec.Template
	case *appsv1.DaemonSet:
		return &o.Spec.Template
	case *appsv1.ReplicaSet:
		return &o.Spec.Template
	case *batchv1.Job:
		return &o.Spec.Template
	case *batchv1.CronJob:
		return &o.Spec.JobTemplate.Spec.Template
	}
	return nil
}

{{/* What the webhook's and the controller's pods have in common. */}}

{{- define "autopilot.podSecurity" -}}
runAsNonRoot: true
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "autopilot.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* Start-up waits for certificates, which may need the other process first. */}}
{{- define "autopilot.probes" -}}
startupProbe:
  httpGet:
    path: /readyz
    port: admin
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 90
readinessProbe:
  httpGet:
    path: /readyz
    port: admin
  periodSeconds: 5
  timeoutSeconds: 2
  failureThreshold: 2
livenessProbe:
  httpGet:
    path: /livez
    port: admin
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 3
{{- end -}}

{{/* Takes a dict: root, process (values of the process), component. What the selector needs can't be overwritten. */}}
{{- define "autopilot.podMetadata" -}}
{{- $annotations := dict }}
{{- if .root.Values.metrics.scrapeAnnotations }}
{{- $annotations = dict "prometheus.io/scrape" "true" "prometheus.io/port" "9616" "prometheus.io/path" "/metrics" }}
{{- end }}
labels:
  {{- toYaml (mergeOverwrite (dict) .process.podLabels (fromYaml (include "autopilot.selectorLabels" .))) | nindent 2 }}
{{- with mergeOverwrite $annotations .process.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Takes a dict: root, process. */}}
{{- define "autopilot.placement" -}}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with .process.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .process.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .process.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .process.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "autopilot.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "autopilot.webhook.name" -}}{{ include "autopilot.fullname" . }}-webhook{{- end -}}
{{- define "autopilot.controller.name" -}}{{ include "autopilot.fullname" . }}-controller{{- end -}}

{{/* The Secrets with the certificates. Each provider has its own: Helm refuses to take over one that cert-manager made, and no Secret's type can be changed. */}}
{{- define "autopilot.webhook.tlsSecret" -}}{{ include "autopilot.webhook.name" . }}-{{ include "autopilot.tlsSuffix" . }}{{- end -}}
{{- define "autopilot.controller.tlsSecret" -}}{{ include "autopilot.controller.name" . }}-{{ include "autopilot.tlsSuffix" . }}{{- end -}}
{{- define "autopilot.tlsSuffix" -}}{{ ternary "tls" "cert-manager-tls" (eq .Values.webhook.certificates.provider "builtin") }}{{- end -}}

{{- define "autopilot.canary.name" -}}{{ include "autopilot.fullname" . }}-canary{{- end -}}
{{- define "autopilot.injection.name" -}}{{ include "autopilot.fullname" . }}-injection{{- end -}}

{{/* Takes a dict: root, component. */}}
{{- define "autopilot.selectorLabels" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Takes a dict: root, component. */}}
{{- define "autopilot.labels" -}}
{{ include "autopilot.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: infra-autopilot
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Takes a dict: root, image. A digest pins; a tag only names. */}}
{{- define "autopilot.image" -}}
{{- $registry := .root.Values.image.registry -}}
{{- $path := ternary .image.repository (printf "%s/%s" $registry .image.repository) (empty $registry) -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $path .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $path (default .root.Chart.AppVersion .image.tag) -}}
{{- end -}}
{{- end -}}

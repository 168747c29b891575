// What the injected agent is measured against: the same ticks, reads and reports by Go's standard library and nothing
// else. It finds nothing and has no powers.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

const (
	tickPeriod   = time.Second
	reportPeriod = 5 * time.Second
	timeout      = time.Second
	instant      = "2006-01-02T15:04:05.000Z"
)

// What an agent of this project reads each second, as far as a pod without a shared process namespace shows it.
var figures = []string{
	"/proc/self/stat", "/proc/self/status", "/proc/vmstat", "/proc/pressure/cpu", "/proc/pressure/memory", "/proc/pressure/io",
}

type probe struct {
	Container        string `json:"container"`
	Probe            string `json:"probe"`
	PeriodSeconds    int    `json:"periodSeconds"`
	TimeoutSeconds   int    `json:"timeoutSeconds"`
	FailureThreshold int    `json:"failureThreshold"`
	Action           struct {
		Type string `json:"type"`
		Port int    `json:"port"`
		Path string `json:"path"`
	} `json:"action"`
}

type probeReport struct {
	Container           string  `json:"container"`
	Probe               string  `json:"probe"`
	State               string  `json:"state"`
	LatencySeconds      float64 `json:"latencySeconds"`
	ConsecutiveFailures int     `json:"consecutiveFailures"`
	LastSuccessAt       string  `json:"lastSuccessAt,omitempty"`
	PeriodSeconds       int     `json:"periodSeconds"`
	TimeoutSeconds      int     `json:"timeoutSeconds"`
	FailureThreshold    int     `json:"failureThreshold"`
}

type report struct {
	Version int               `json:"version"`
	Pod     map[string]string `json:"pod"`
	Agent   map[string]any    `json:"agent"`
	SentAt  string            `json:"sentAt"`
	Probes  []probeReport     `json:"probes"`
}

func now() string { return time.Now().UTC().Format(instant) }

func main() {
	startedAt := now()
	var probes []probe
	if err := json.Unmarshal([]byte(os.Getenv("AUTOPILOT_PROBES")), &probes); err != nil {
		fmt.Fprintln(os.Stderr, "AUTOPILOT_PROBES is not usable:", err)
		os.Exit(1)
	}
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM([]byte(os.Getenv("AUTOPILOT_CA")))
	uplink := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS13},
	}}
	app := &http.Client{Timeout: timeout, Transport: &http.Transport{DisableKeepAlives: true}}

	states := make([]probeReport, len(probes))
	for index, one := range probes {
		states[index] = probeReport{one.Container, one.Probe, "unknown", 0, 0, "", one.PeriodSeconds, one.TimeoutSeconds, one.FailureThreshold}
	}
	go serve()
	fmt.Printf("{\"time\":%q,\"msg\":\"agent started\"}\n", now())

	buffer := make([]byte, 8192)
	ticks, reports := time.NewTicker(tickPeriod), time.NewTicker(reportPeriod)
	for sequence := 1; ; {
		select {
		case <-ticks.C:
			for index, one := range probes {
				try(app, one, &states[index])
			}
			for _, path := range figures {
				read(path, buffer)
			}
		case <-reports.C:
			pod := map[string]string{
				"namespace": os.Getenv("AUTOPILOT_NAMESPACE"), "name": os.Getenv("AUTOPILOT_POD_NAME"), "uid": os.Getenv("AUTOPILOT_POD_UID"),
			}
			agent := map[string]any{"version": "reference", "startedAt": startedAt, "sequence": sequence}
			send(uplink, report{1, pod, agent, now(), states})
			sequence++
		}
	}
}

func try(app *http.Client, one probe, state *probeReport) {
	address := net.JoinHostPort(os.Getenv("AUTOPILOT_POD_IP"), fmt.Sprint(one.Action.Port))
	began := time.Now()
	good := false
	if one.Action.Type == "http" {
		answer, err := app.Get("http://" + address + one.Action.Path)
		if err == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 10_240))
			answer.Body.Close()
			good = answer.StatusCode < 400
		}
	} else if connection, err := net.DialTimeout("tcp", address, timeout); err == nil {
		connection.Close()
		good = true
	}
	// Like any agent, it says nothing of a probe that has not succeeded yet.
	if good {
		state.State, state.LastSuccessAt, state.LatencySeconds = "succeeding", now(), time.Since(began).Seconds()
	}
}

func read(path string, buffer []byte) {
	file, err := os.Open(path)
	if err != nil {
		return
	}
	defer file.Close()
	_, _ = file.Read(buffer)
}

func send(uplink *http.Client, body report) {
	text, _ := json.Marshal(body)
	token, _ := os.ReadFile(os.Getenv("AUTOPILOT_TOKEN_FILE"))
	request, err := http.NewRequest(http.MethodPost, os.Getenv("AUTOPILOT_REPORT_URL"), bytes.NewReader(text))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+string(bytes.TrimSpace(token)))
	answer, err := uplink.Do(request)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
	if answer.StatusCode >= 300 {
		fmt.Fprintln(os.Stderr, "report answered with", answer.StatusCode)
	}
}

func serve() {
	page := func(writer http.ResponseWriter, _ *http.Request) { fmt.Fprintln(writer, "ok") }
	http.HandleFunc("/healthz", page)
	http.HandleFunc("/metrics", page)
	if err := http.ListenAndServe(":"+os.Getenv("AUTOPILOT_PORT"), nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

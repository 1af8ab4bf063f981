using Containerd.Services.Containers.V1;
using Grpc.Core;
using Version = Containerd.Services.Version.V1.Version;

namespace Keelson.Api.Tests;

/// <summary>Traces: by the caller's <c>traceparent</c> into the log, and to a receiver of OTLP.</summary>
public class TraceTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736", Parent = "00f067aa0ba902b7";

    [DaemonFact]
    public async Task A_callers_trace_is_in_the_lines_that_its_call_logs()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start(null, "--log-level", "debug");
        Version.VersionClient client = new(daemon.Channel);

        await client.VersionAsync(new(), new Metadata { { "traceparent", $"00-{Trace}-{Parent}-01" } });
        await client.VersionAsync(new());
        await client.VersionAsync(new(), new Metadata { { "traceparent", "00-no-trace-01" } });

        Condition.Await("the lines of three calls", () => Calls(daemon).Length == 3);
        Assert.Matches($" trace_id={Trace} span_id=[0-9a-f]{{16}}$", Calls(daemon)[0]);
        Assert.DoesNotContain(Parent, Calls(daemon)[0], StringComparison.Ordinal);
        Assert.All(Calls(daemon)[1..], line => Assert.DoesNotContain("trace_id", line, StringComparison.Ordinal));
    }

    [DaemonFact]
    public async Task The_log_as_json_has_the_trace_as_well()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start(null, "--log-level", "debug", "--log-format", "json");

        await new Version.VersionClient(daemon.Channel).VersionAsync(new(), new Metadata { { "traceparent", $"00-{Trace}-{Parent}-00" } });

        Condition.Await("the line of the call", () => Calls(daemon).Length == 1);
        using System.Text.Json.JsonDocument line = System.Text.Json.JsonDocument.Parse(Calls(daemon)[0]);
        Assert.Equal((Trace, "/containerd.services.version.v1.Version/Version"), (line.RootElement.GetProperty("trace_id").GetString(), line.RootElement.GetProperty("fields").GetProperty("method").GetString()));
    }

    [DaemonFact]
    public async Task A_container_is_one_call_with_the_engines_work_below_it()
    {
        await using OtlpReceiver receiver = new();
        using DaemonUnderTest daemon = Exporting(receiver);
        TestContainers.Sleep(daemon, TestContainers.Own, "box");
        Condition.Await("the start of the task: " + daemon.Log, () => receiver.Spans.Any(span => span.Name == "start task"));

        OtlpReceiver.Span[] spans = [.. receiver.Spans];
        OtlpReceiver.Span create = Assert.Single(spans, span => span.Name == "create task"), call = Assert.Single(spans, span => span.Name == "containerd.services.tasks.v1.Tasks/Create");
        Assert.Equal((call.Trace, call.Id, "box"), (create.Trace, create.Parent, create.Attributes["container.id"]));
        // SPAN_KIND_INTERNAL and SPAN_KIND_SERVER.
        Assert.Equal((1, 2, "", "grpc", "0"), (create.Kind, call.Kind, call.Parent, call.Attributes["rpc.system"], call.Attributes["rpc.grpc.status_code"]));
        Assert.True(call.Nanoseconds >= create.Nanoseconds && create.Nanoseconds > 0, $"{call} {create}");
        Assert.Equal(("engine", "a b"), (call.Resource["service.name"], call.Resource["deployment"]));
        Assert.All(receiver.Requests, request => Assert.Equal(("/v1/traces", "secret"), (request.Path, request.Header)));
        TestContainers.RemoveAll(daemon);
    }

    [DaemonFact]
    public async Task A_call_continues_the_trace_of_its_caller_unless_that_is_not_sampled()
    {
        await using OtlpReceiver receiver = new();
        using DaemonUnderTest daemon = Exporting(receiver);
        Containers.ContainersClient client = new(daemon.Channel);
        foreach (string flags in (string[])["00", "01"])
            await Assert.ThrowsAsync<RpcException>(async () => await client.GetAsync(new() { Id = flags }, new Metadata { { "containerd-namespace", "test" }, { "traceparent", $"00-{Trace}-{Parent}-{flags}" } }));

        Condition.Await("the call that is sampled", () => receiver.Spans.Any(span => span.Trace == Trace));

        OtlpReceiver.Span span = Assert.Single(receiver.Spans, span => span.Trace == Trace);
        // What is missing is no failure of the server.
        Assert.Equal((Parent, "5", 0), (span.Parent, span.Attributes["rpc.grpc.status_code"], span.Status));
    }

    [DaemonFact]
    public async Task A_request_of_dockers_continues_a_trace_too()
    {
        await using OtlpReceiver receiver = new();
        using DaemonUnderTest daemon = Exporting(receiver);

        ChildProcess.Run(["curl", "--silent", "--fail", "--unix-socket", daemon.DockerAddress, "--header", $"traceparent: 00-{Trace}-{Parent}-01", "http://localhost/v1.41/_ping"]).Succeeds();

        Condition.Await("the request", () => receiver.Spans.Any(span => span.Trace == Trace));
        OtlpReceiver.Span span = Assert.Single(receiver.Spans, span => span.Trace == Trace);
        Assert.Equal(("GET", Parent, 2, "/v1.41/_ping", "200"), (span.Name, span.Parent, span.Kind, span.Attributes["url.path"], span.Attributes["http.response.status_code"]));
    }

    [DaemonFact]
    public async Task What_waits_when_the_daemon_stops_is_sent()
    {
        await using OtlpReceiver receiver = new();
        using DaemonUnderTest daemon = Exporting(receiver);
        daemon.Ctr("version").Succeeds();

        daemon.Stop().Succeeds();

        Assert.Contains(receiver.Spans, span => span.Name.EndsWith("/Version", StringComparison.Ordinal));
    }

    [DaemonFact]
    public async Task A_receiver_that_refuses_or_is_gone_is_warned_of_and_holds_nobody()
    {
        await using OtlpReceiver receiver = new() { Status = 503 };
        using DaemonUnderTest daemon = Exporting(receiver);
        daemon.Ctr("version").Succeeds();
        Condition.Await("the warning", () => daemon.Log.Contains($"level=warning msg=\"traces: send", StringComparison.Ordinal) && daemon.Log.Contains("status 503", StringComparison.Ordinal));
        await receiver.DisposeAsync();

        daemon.Ctr("version").Succeeds();

        Condition.Await("another warning", () => daemon.Log.Split("traces: send").Length > 2);
        daemon.Stop().Succeeds();
    }

    [DaemonTheory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "'collector:4318/v1/traces' is no address of http or https")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "the protocol grpc is not spoken; http/json is")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "secret", "'secret' is no key=value")]
    public void A_variable_that_cannot_be_followed_ends_the_daemon(string variable, string value, string message)
    {
        string folder = TestDirectory.Make("keelsond");
        Dictionary<string, string> environment = new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1" };
        environment[variable] = value;

        ChildProcess.Run([Repository.PublishedDaemon, .. DaemonUnderTest.Command(folder)], new() { Environment = environment }).Fails(message);

        TestDirectory.Remove(folder);
    }

    private static DaemonUnderTest Exporting(OtlpReceiver receiver) => DaemonUnderTest.StartConfigured("", new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Endpoint,
        ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-test=secret",
        ["OTEL_SERVICE_NAME"] = "engine",
        ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment=a%20b,service.name=other",
    });

    /// <summary>The lines of calls of Version that have ended.</summary>
    private static string[] Calls(DaemonUnderTest daemon) => [.. daemon.Log.Split('\n').Where(line => line.Contains("call /containerd.services.version.v1.Version/Version: OK", StringComparison.Ordinal))];
}

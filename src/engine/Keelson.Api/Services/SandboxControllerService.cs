using Containerd.Types;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Keelson.Engine;
using Keelson.Engine.Sandboxes;
using Keelson.Shim.Api;
using V1 = Containerd.Services.Sandbox.V1;

namespace Keelson.Api;

/// <summary>containerd's controllers of sandboxes; there is one, which is called <c>shim</c>.</summary>
internal sealed class SandboxControllerService(ContainerEngine engine, TimeProvider time) : V1.Controller.ControllerBase
{
    /// <summary>The controller's name. Clients of containerd 1.7 name none.</summary>
    private const string Name = "shim";

    /// <summary>Shims are called by the second version of their interface.</summary>
    private const uint ShimVersion = 2;

    public override async Task<V1.ControllerCreateResponse> Create(V1.ControllerCreateRequest request, ServerCallContext context)
    {
        string space = context.Namespace();
        ISandboxService controller = Controller(request.Sandboxer);
        // A client sends the record with it since containerd 2.0; before, it is that of the store.
        Sandbox sandbox = request.Sandbox ?? SandboxMessages.Message(engine.Database.Sandboxes(space).Get(request.SandboxId));
        await controller.CreateAsync(space, SandboxMessages.Definition(sandbox, request), context.CancellationToken).ConfigureAwait(false);
        return new() { SandboxId = request.SandboxId };
    }

    public override async Task<V1.ControllerStartResponse> Start(V1.ControllerStartRequest request, ServerCallContext context)
    {
        SandboxInstance started = await Controller(request.Sandboxer).StartAsync(context.Namespace(), request.SandboxId, context.CancellationToken).ConfigureAwait(false);
        return new() { SandboxId = request.SandboxId, Pid = (uint)started.Pid, CreatedAt = TaskMessages.Time(started.CreatedAt), Address = Address(started.Address), Version = ShimVersion };
    }

    public override async Task<V1.ControllerPlatformResponse> Platform(V1.ControllerPlatformRequest request, ServerCallContext context)
    {
        (string system, string architecture, string variant) = await Controller(request.Sandboxer).PlatformAsync(context.Namespace(), request.SandboxId, context.CancellationToken).ConfigureAwait(false);
        return new() { Platform = new() { Os = system, Architecture = architecture, Variant = variant } };
    }

    public override async Task<V1.ControllerStopResponse> Stop(V1.ControllerStopRequest request, ServerCallContext context)
    {
        await Controller(request.Sandboxer).StopAsync(context.Namespace(), request.SandboxId, request.TimeoutSecs, context.CancellationToken).ConfigureAwait(false);
        return new();
    }

    public override async Task<V1.ControllerWaitResponse> Wait(V1.ControllerWaitRequest request, ServerCallContext context)
    {
        ExitResponse exit = await Controller(request.Sandboxer).WaitAsync(context.Namespace(), request.SandboxId, context.CancellationToken).ConfigureAwait(false);
        return new() { ExitStatus = (uint)exit.ExitStatus, ExitedAt = TaskMessages.Time(exit.ExitedAt) };
    }

    public override async Task<V1.ControllerStatusResponse> Status(V1.ControllerStatusRequest request, ServerCallContext context)
    {
        (SandboxStatus status, string address) = await Controller(request.Sandboxer).StatusAsync(context.Namespace(), request.SandboxId, request.Verbose, context.CancellationToken).ConfigureAwait(false);
        V1.ControllerStatusResponse response = new()
        {
            SandboxId = request.SandboxId, Pid = (uint)status.Pid, State = status.State, CreatedAt = TaskMessages.Time(status.CreatedAt), ExitedAt = TaskMessages.Time(status.ExitedAt),
            // Callers take it apart without looking whether it is there.
            Extra = status.Extra is null ? new Any() : TaskMessages.Message(status.Extra),
            Address = Address(address), Version = address.Length > 0 ? ShimVersion : 0,
        };
        foreach ((string key, string value) in status.Info) response.Info[key] = value;
        return response;
    }

    public override async Task<V1.ControllerShutdownResponse> Shutdown(V1.ControllerShutdownRequest request, ServerCallContext context)
    {
        await Controller(request.Sandboxer).ShutdownAsync(context.Namespace(), request.SandboxId, context.CancellationToken).ConfigureAwait(false);
        return new();
    }

    public override async Task<V1.ControllerMetricsResponse> Metrics(V1.ControllerMetricsRequest request, ServerCallContext context)
    {
        TypedMessage data = await Controller(request.Sandboxer).MetricsAsync(context.Namespace(), request.SandboxId, context.CancellationToken).ConfigureAwait(false);
        return new() { Metrics = new() { Timestamp = Messages.Time(time.GetUtcNow()), Id = request.SandboxId, Data = TaskMessages.Message(data) } };
    }

    /// <summary>The record is the store's to change; a shim has no call to hear of it, so what is left is to say whether there is such a sandbox and such a field.</summary>
    public override Task<V1.ControllerUpdateResponse> Update(V1.ControllerUpdateRequest request, ServerCallContext context)
    {
        if (!Controller(request.Sandboxer).Exists(context.Namespace(), request.SandboxId)) throw new KeelsonException(ErrorKind.NotFound, $"sandbox {request.SandboxId} not found");
        SandboxMessages.CheckFields(request.SandboxId, request.Fields);
        return Task.FromResult(new V1.ControllerUpdateResponse());
    }

    private ISandboxService Controller(string name) =>
        name is "" or Name ? engine.Sandboxes : throw new KeelsonException(ErrorKind.NotFound, $"sandbox controller {name} not found: there is only {Name}");

    private static string Address(string address) => address.Length > 0 ? "ttrpc+" + address : "";
}

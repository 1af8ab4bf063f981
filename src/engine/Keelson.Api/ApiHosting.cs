using Grpc.AspNetCore.Server;
using Keelson.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Keelson.Api;

/// <summary>Puts the services into a host.</summary>
public static class ApiHosting
{
    /// <summary>Longest message in either direction, in bytes: 16 MiB, as containerd and its clients.</summary>
    public const int MessageLimitBytes = 16 << 20;

    /// <summary>Adds the services on an engine, which stays the caller's.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="info">What the daemon tells of itself.</param>
    /// <param name="receiveLimitBytes">Longest message that is taken; <see cref="MessageLimitBytes"/> by default.</param>
    /// <param name="sendLimitBytes">Longest message that is sent; <see cref="MessageLimitBytes"/> by default.</param>
    public static IServiceCollection AddContainerdApi(
        this IServiceCollection services, ContainerEngine engine, EngineInfo info, int receiveLimitBytes = MessageLimitBytes, int sendLimitBytes = MessageLimitBytes)
    {
        services.AddGrpc((GrpcServiceOptions options) =>
        {
            options.MaxReceiveMessageSize = receiveLimitBytes;
            options.MaxSendMessageSize = sendLimitBytes;
            options.Interceptors.Add<ErrorInterceptor>();
        });
        // One object serves all calls: none keeps anything of a call.
        return services.AddSingleton(engine).AddSingleton(engine.Options.Tasks.Time).AddSingleton(engine.Database).AddSingleton(info).AddSingleton<ErrorInterceptor>()
            .AddSingleton<VersionService>().AddSingleton<HealthService>().AddSingleton<IntrospectionService>().AddSingleton<NamespacesService>()
            .AddSingleton<ContainersService>().AddSingleton<ContentService>().AddSingleton<ImagesService>().AddSingleton<LeasesService>().AddSingleton<EventsService>().AddSingleton<TasksService>()
            .AddSingleton<SnapshotsService>().AddSingleton<DiffsService>();
    }

    /// <summary>Serves the services. A call of another one gets the status Unimplemented.</summary>
    public static void MapContainerdApi(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<VersionService>();
        endpoints.MapGrpcService<HealthService>();
        endpoints.MapGrpcService<IntrospectionService>();
        endpoints.MapGrpcService<NamespacesService>();
        endpoints.MapGrpcService<ContainersService>();
        endpoints.MapGrpcService<ContentService>();
        endpoints.MapGrpcService<ImagesService>();
        endpoints.MapGrpcService<LeasesService>();
        endpoints.MapGrpcService<EventsService>();
        endpoints.MapGrpcService<TasksService>();
        endpoints.MapGrpcService<SnapshotsService>();
        endpoints.MapGrpcService<DiffsService>();
    }
}

using System.Text;
using Grpc.Core;

namespace Keelson.Hosting.Tests;

/// <summary>A service of texts with all four kinds of methods, bound as generated code binds.</summary>
internal static class EchoService
{
    private static readonly Marshaller<string> Text = Marshallers.Create(Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);

    public static readonly Method<string, string> One = new(MethodType.Unary, "test.Echo", "One", Text, Text);
    public static readonly Method<string, string> Count = new(MethodType.ServerStreaming, "test.Echo", "Count", Text, Text);
    public static readonly Method<string, string> Join = new(MethodType.ClientStreaming, "test.Echo", "Join", Text, Text);
    public static readonly Method<string, string> Talk = new(MethodType.DuplexStreaming, "test.Echo", "Talk", Text, Text);

    /// <summary>What <c>Wait</c> calls of <see cref="One"/> that were cancelled have seen.</summary>
    public static TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static void Bind(ServiceBinderBase binder)
    {
        binder.AddMethod(One, AnswerAsync);
        binder.AddMethod(Count, async (request, responses, context) =>
        {
            for (int i = 0; i < int.Parse(request, System.Globalization.CultureInfo.InvariantCulture); i++) await responses.WriteAsync($"{i}", context.CancellationToken);
        });
        binder.AddMethod(Join, async (requests, _) =>
        {
            StringBuilder all = new();
            while (await requests.MoveNext(default)) all.Append(requests.Current);
            return all.ToString();
        });
        binder.AddMethod(Talk, async (requests, responses, context) =>
        {
            while (await requests.MoveNext(context.CancellationToken)) await responses.WriteAsync(requests.Current.ToUpperInvariant(), context.CancellationToken);
        });
    }

    private static async Task<string> AnswerAsync(string request, ServerCallContext context)
    {
        switch (request)
        {
            case "wait":
                try
                {
                    await Task.Delay(Timeout.Infinite, context.CancellationToken);
                }
                finally
                {
                    Cancelled.TrySetResult();
                }
                return "";
            case "refuse":
                throw new RpcException(new(StatusCode.FailedPrecondition, "no: ü %"));
            case "fault":
                throw new InvalidOperationException("a fault");
            case "known":
                throw new KeyNotFoundException("known");
            case "headers":
                context.ResponseTrailers.Add("t-bin", [1, 2, 3, 4]);
                return $"{context.RequestHeaders.GetValue("a")} {Convert.ToHexString(context.RequestHeaders.GetValueBytes("b-bin")!)} {context.Method}";
            default:
                return request;
        }
    }
}

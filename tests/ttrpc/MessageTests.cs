namespace Keelson.Ttrpc.Tests;

public class MessageTests
{
    [Fact]
    public void A_request_is_written_with_the_numbers_of_the_protocol()
    {
        TtrpcRequest request = new("s", "m", "p"u8.ToArray()) { Timeout = TimeSpan.FromMilliseconds(1), Metadata = [new("k", "v")] };
        Assert.Equal("0a0173" + "12016d" + "1a0170" + "20c0843d" + "2a060a016b120176", Convert.ToHexStringLower(request.ToBytes()));
    }

    [Fact]
    public void A_request_is_read_back()
    {
        TtrpcRequest request = TtrpcRequest.Parse(new TtrpcRequest("containerd.task.v2.Task", "State", new byte[] { 1, 2 })
        {
            Timeout = TimeSpan.FromSeconds(3),
            Metadata = [new("containerd-namespace-ttrpc", "one"), new("containerd-namespace-ttrpc", "two")],
        }.ToBytes());
        Assert.Equal(("containerd.task.v2.Task", "State", TimeSpan.FromSeconds(3)), (request.Service, request.Method, request.Timeout));
        Assert.Equal([1, 2], request.Payload.ToArray());
        Assert.Equal("one", request.Find("containerd-namespace-ttrpc"));
        Assert.Null(request.Find("other"));
    }

    [Theory]
    [InlineData("", StatusCode.Ok, "")]
    [InlineData("0a080805120465727230", StatusCode.NotFound, "err0")]
    public void A_status_is_that_of_google_rpc(string hex, StatusCode code, string message)
    {
        TtrpcResponse response = TtrpcResponse.Parse(Convert.FromHexString(hex));
        Assert.Equal((code, message), (response.Code, response.Message));
        Assert.Equal(hex, Convert.ToHexStringLower(response.ToBytes()));
    }

    [Fact]
    public void A_negative_timeout_is_none_and_a_past_one_is_the_shortest()
    {
        Assert.Null(TtrpcRequest.Parse(Convert.FromHexString("20ffffffffffffffffff01")).Timeout);
        Assert.Equal(TimeSpan.FromTicks(1), TtrpcRequest.Parse(new TtrpcRequest("s", "m", default) { Timeout = TimeSpan.FromSeconds(-1) }.ToBytes()).Timeout);
    }

    [Fact]
    public void Metadata_has_a_limit()
    {
        TtrpcRequest request = new("s", "m", default) { Metadata = [.. Enumerable.Repeat(new KeyValuePair<string, string>("k", "v"), 257)] };
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => TtrpcRequest.Parse(request.ToBytes())).Kind);
    }

    [Fact]
    public void Every_kind_of_error_survives_the_wire()
    {
        foreach (ErrorKind kind in Enum.GetValues<ErrorKind>()) Assert.Equal(kind, kind.ToStatusCode().ToErrorKind());
    }
}

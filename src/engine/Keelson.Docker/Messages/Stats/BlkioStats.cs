using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>Block I/O of a container, a row a device and operation.</summary>
public sealed record BlkioStats
{
    [JsonPropertyName("io_service_bytes_recursive")]
    public BlkioStatEntry[]? IoServiceBytesRecursive { get; set; }

    [JsonPropertyName("io_serviced_recursive")]
    public BlkioStatEntry[]? IoServicedRecursive { get; set; }

    [JsonPropertyName("io_queue_recursive")]
    public BlkioStatEntry[]? IoQueuedRecursive { get; set; }

    [JsonPropertyName("io_service_time_recursive")]
    public BlkioStatEntry[]? IoServiceTimeRecursive { get; set; }

    [JsonPropertyName("io_wait_time_recursive")]
    public BlkioStatEntry[]? IoWaitTimeRecursive { get; set; }

    [JsonPropertyName("io_merged_recursive")]
    public BlkioStatEntry[]? IoMergedRecursive { get; set; }

    [JsonPropertyName("io_time_recursive")]
    public BlkioStatEntry[]? IoTimeRecursive { get; set; }

    [JsonPropertyName("sectors_recursive")]
    public BlkioStatEntry[]? SectorsRecursive { get; set; }
}

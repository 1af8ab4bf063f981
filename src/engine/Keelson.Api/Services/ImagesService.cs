using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Keelson.Content;
using V1 = Containerd.Services.Images.V1;

namespace Keelson.Api;

/// <summary>containerd's Images service.</summary>
internal sealed class ImagesService(MetadataDatabase database) : V1.Images.ImagesBase
{
    public override Task<V1.GetImageResponse> Get(V1.GetImageRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.GetImageResponse { Image = Message(database.Images(context.Namespace()).Get(request.Name)) });

    public override Task<V1.ListImagesResponse> List(V1.ListImagesRequest request, ServerCallContext context)
    {
        V1.ListImagesResponse response = new();
        response.Images.AddRange(database.Images(context.Namespace()).List(Filter.ParseAll(request.Filters)).Select(Message));
        return Task.FromResult(response);
    }

    public override async Task<V1.CreateImageResponse> Create(V1.CreateImageRequest request, ServerCallContext context)
    {
        string space = context.Namespace();
        ImageRecord wanted = Record(request.Image) with { Labels = Messages.Labels(Messages.Required(request.Image, "image").Labels) };
        V1.ImageCreate message = new() { Name = wanted.Name };
        message.Labels.Fill(wanted.Labels);
        ImageRecord created = await database.Images(space).CreateAsync(wanted, EventMessages.Draft(space, "/images/create", message)).ConfigureAwait(false);
        return new() { Image = Message(created) };
    }

    public override async Task<V1.UpdateImageResponse> Update(V1.UpdateImageRequest request, ServerCallContext context)
    {
        string space = context.Namespace();
        IReadOnlyCollection<string> paths = Messages.Paths(request.UpdateMask);
        ImageRecord wanted = Record(request.Image, isTargetOptional: paths.Count > 0 && !paths.Contains("target"));
        ImageRecord updated = await database.Images(space).UpdateAsync(wanted, paths, row =>
        {
            V1.ImageUpdate message = new() { Name = row.Name };
            message.Labels.Fill(row.Labels);
            return EventMessages.Draft(space, "/images/update", message);
        }).ConfigureAwait(false);
        return new() { Image = Message(updated) };
    }

    public override async Task<Empty> Delete(V1.DeleteImageRequest request, ServerCallContext context)
    {
        string space = context.Namespace();
        EventDraft announce = EventMessages.Draft(space, "/images/delete", new V1.ImageDelete { Name = request.Name });
        await database.Images(space).DeleteAsync(request.Name, announce: announce).ConfigureAwait(false);
        if (request.Sync) await database.Collector.CollectAsync(context.CancellationToken).ConfigureAwait(false);
        return new();
    }

    /// <summary>An image of a request. Its labels are as they came: an empty one asks an update to remove it.</summary>
    private static ImageRecord Record(V1.Image? image, bool isTargetOptional = false)
    {
        Messages.Required(image, "image");
        bool hasDigest = image.Target is { Digest.Length: > 0 };
        ContentDescriptor target = hasDigest || !isTargetOptional
            ? Messages.Descriptor(Messages.Required(image.Target, "target"))
            : new("", default, 0) { Annotations = image.Target is null ? LabelSet.Empty : LabelSet.From(image.Target.Annotations) };
        return new(image.Name, target) { Labels = LabelSet.From(image.Labels) };
    }

    private static V1.Image Message(ImageRecord image)
    {
        V1.Image message = new()
        {
            Name = image.Name,
            Target = Messages.Message(image.Target),
            CreatedAt = Messages.Time(image.CreatedAt),
            UpdatedAt = Messages.Time(image.UpdatedAt),
        };
        message.Labels.Fill(image.Labels);
        return message;
    }
}
